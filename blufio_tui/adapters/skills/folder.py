"""Reading a skill's folder: which files there are, what they hash to, and the `Skill` they make.

Nothing is followed: a link, a device or a pipe inside the folder is refused, since what it points to
is not what was hashed.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from blufio_tui.core.errors import ManifestError, SkillError
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.manifest.parser import MAX_MANIFEST_BYTES, parse_manifest
from blufio_tui.core.skills.files import (
    INSTRUCTIONS_FILE,
    MANIFEST_FILE,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    FileEntry,
    check_list,
    content_hash,
    is_ignored,
)
from blufio_tui.core.skills.frontmatter import MAX_INSTRUCTIONS_BYTES, Instructions, parse_instructions
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.core.text.display import printable

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SkillFolder:
    """A folder as it was read: the skill it makes and the files it was made of."""

    skill: Skill
    files: tuple[FileEntry, ...]
    notes: tuple[str, ...] = ()


def scan(folder: Path) -> tuple[FileEntry, ...]:
    """Hash every file of a skill, in canonical order.

    Raises:
        SkillError: the folder cannot be read, or holds something that has no place in a skill.
    """
    entries: list[FileEntry] = []
    room = MAX_TOTAL_BYTES
    for relative in walk(folder):
        entry = _hash(folder, relative, room)
        room -= entry.size
        entries.append(entry)
    return check_list(entries)


def walk(folder: Path) -> Iterator[str]:
    """Relative POSIX paths of the files of a skill, ignored ones left out."""
    pending, count = [""], 0
    while pending:
        prefix = pending.pop()
        for item in _listing(folder / prefix):
            relative = prefix + item.name
            if is_ignored(relative):
                continue
            count += 1
            if count > 2 * MAX_FILES:
                raise SkillError(f"{folder} holds more than {MAX_FILES} files")
            if item.is_dir(follow_symlinks=False):
                pending.append(relative + "/")
            elif item.is_file(follow_symlinks=False):
                yield relative
            else:
                raise SkillError(f'"{printable(relative)}" is a link or a special file; a skill holds plain files only')


def read_limited(path: Path, most: int) -> bytes:
    """The whole of a plain file, without following a link at its end.

    Raises:
        SkillError: it is not a regular file, is larger than `most` bytes, or cannot be read.
    """
    with open_plain(path) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise SkillError(f"{path.name} is larger than {most // 1024} KiB")
    return data


def read_skill(
    folder: Path, folder_name: str | None = None, parse: Callable[[str], Manifest] = parse_manifest
) -> SkillFolder:
    """The skill in `folder`. `folder_name` is what an Agent Skill should be called; None: not known.

    Raises:
        SkillError: there is no skill in it, or a file of it cannot be part of one.
        ManifestError: its `skill.toml` or `SKILL.md` is not valid.
    """
    if not folder.is_dir():
        raise SkillError(f"{folder} is not a folder")
    files = scan(folder)
    paths = {entry.path for entry in files}
    if MANIFEST_FILE in paths:
        return _code_skill(folder, files, parse)
    if INSTRUCTIONS_FILE in paths:
        return _instruction_skill(folder, files, folder_name)
    raise SkillError(f"{folder} holds neither {MANIFEST_FILE} nor {INSTRUCTIONS_FILE}; it is not a skill")


def read_instructions(folder: Path, folder_name: str | None = None) -> Instructions:
    """Parse the folder's SKILL.md."""
    return parse_instructions(_text(folder, INSTRUCTIONS_FILE, MAX_INSTRUCTIONS_BYTES), folder_name)


def _code_skill(folder: Path, files: tuple[FileEntry, ...], parse: Callable[[str], Manifest]) -> SkillFolder:
    manifest = parse(_text(folder, MANIFEST_FILE, MAX_MANIFEST_BYTES))
    by_path = {entry.path: entry for entry in files}
    module = by_path.get(manifest.entry)
    if module is None:
        raise ManifestError(
            f'{MANIFEST_FILE}: wasm.entry: there is no file "{manifest.entry}" in {folder}; build the skill first '
            "(blufio-tui skill build), or correct the name"
        )
    if INSTRUCTIONS_FILE in by_path:
        _text(folder, INSTRUCTIONS_FILE, MAX_INSTRUCTIONS_BYTES)
    kind = SkillKind.SCRIPT if manifest.entry.endswith(".py") else SkillKind.WASM
    skill = Skill(
        name=manifest.name,
        version=manifest.version,
        description=manifest.description,
        kind=kind,
        status=SkillStatus.UNSIGNED,
        folder=folder,
        content_hash=content_hash(files),
        manifest=manifest,
        module_sha256=module.sha256,
        author=manifest.author,
    )
    return SkillFolder(skill, files)


def _instruction_skill(folder: Path, files: tuple[FileEntry, ...], folder_name: str | None) -> SkillFolder:
    instructions = read_instructions(folder, folder_name)
    skill = Skill(
        name=instructions.name,
        version=instructions.metadata.get("version", "0.0.0"),
        description=instructions.description,
        kind=SkillKind.INSTRUCTIONS,
        status=SkillStatus.UNSIGNED,
        folder=folder,
        content_hash=content_hash(files),
        author=printable(instructions.metadata.get("author", "")),
        allowed_tools=instructions.allowed_tools,
        is_hidden=instructions.is_hidden,
    )
    return SkillFolder(skill, files, instructions.notes)


def _text(folder: Path, name: str, most: int) -> str:
    try:
        return read_limited(folder / name, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ManifestError(f"{name}: not UTF-8 text (byte {error.start})") from None


def _hash(folder: Path, relative: str, room: int) -> FileEntry:
    digest, size = hashlib.sha256(), 0
    with open_plain(folder / relative) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > room:
                raise SkillError(f"{folder} is larger than {MAX_TOTAL_BYTES // 1024 // 1024} MiB")
            digest.update(chunk)
    return FileEntry(relative, size, digest.hexdigest())


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file for reading, following no link at its end.

    Raises:
        SkillError: it is something else, or cannot be read.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise SkillError(f"{path} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SkillError(f"{path} is not a plain file")
    return os.fdopen(descriptor, "rb")


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as items:
            return sorted(items, key=lambda item: item.name)
    except OSError as error:
        raise SkillError(f"{folder} cannot be read: {error.strerror}") from None
