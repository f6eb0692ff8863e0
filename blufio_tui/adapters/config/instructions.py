"""Finds instructions for the model: AGENTS.md and similar files.

Instructions act like code, so a project's count only in the version that the person has reviewed: after any change,
also of an imported file, they must be reviewed again. They are read once: when the program starts, when a tool first
touches something below their folder, or when the person trusts them. What a command writes into the file meanwhile does
not reach the model.
"""

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.config.trusted_texts import TrustedTexts
from blufio_tui.adapters.files.regular import NotPlainError, read_regular
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.agent.instruction_imports import imports_in
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.instructions import Instructions, digest_of

MAX_BYTES = 64 * 1024
NAMES = ("AGENTS.override.md", "AGENTS.md", "CLAUDE.md")
"""In a folder the first of these that is there counts."""

_DEEPEST = 5
"""An import of an import of an import …"""

_MOST_FOLDERS = 50_000

_OF_OTHERS = frozenset({"node_modules", "site-packages", "vendor", "target", "build", "dist"})
"""Folders of what others wrote or programs made: their instructions are not this project's."""


class InstructionFiles:
    """
    Args:
        own: the person's own file.
        trusted: keeps which text is trusted for which project.
    """

    def __init__(self, own: Path, trusted: Path, project: Path) -> None:
        self._own = own
        self._trusted = TrustedTexts(trusted)
        self._texts = trusted.with_suffix("")
        self._project = project

    def find(self) -> Instructions:
        own, problem = _read(self._own, None)
        found = self.in_folder(self._project)
        return replace(found, own=own, problem=found.problem or problem)

    def in_folder(self, folder: Path) -> Instructions:
        """Those of the project itself, or of a folder below it, which apply to what is below that folder."""
        for name in NAMES:
            file = folder / name
            if not os.path.exists(file):  # noqa: PTH110 (a path that cannot be looked at is no error here)
                continue
            text, problem = self._with_imports(file)
            if problem or not text.strip():
                return Instructions(problem=problem)
            found = Instructions(file=file, text=text)
            trusted = self._trusted.digest(folder) or ""
            if trusted == found.digest:
                return replace(found, is_trusted=True)
            return replace(found, trusted_before=self._kept(trusted) if trusted else "")
        return Instructions()

    def folders_to(self, path: Path) -> list[Path]:
        """The folders below the project's down to where `path` is, that can have instructions of their own."""
        try:
            folder = path if path.is_dir() else path.parent
        except OSError:
            return []
        if not folder.is_relative_to(self._project):
            return []
        parts = folder.relative_to(self._project).parts
        if any(part.startswith(".") or part in _OF_OTHERS for part in parts):
            return []
        return [self._project.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]

    def digests_below(self) -> dict[Path, str]:
        """What the instructions of all folders below the project are now, of the first 50,000 folders."""
        digests: dict[Path, str] = {}
        for count, (folder, folders, names) in enumerate(os.walk(self._project)):
            if count == _MOST_FOLDERS:
                break
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _OF_OTHERS)
            here = Path(folder)
            if here != self._project and not set(NAMES).isdisjoint(names):
                found = self.in_folder(here)
                if found.file is not None:
                    digests[here] = found.digest
        return digests

    def trust(self, shown: Instructions) -> None:
        """Trust what was shown, and nothing that has been written since. The text is kept, to show what changes later.

        Raises:
            ConfigError: it cannot be stored.
        """
        folder = shown.file.parent if shown.file is not None else self._project
        before = self._trusted.digest(folder) or ""
        try:
            make_private(self._texts)
            replace_file(self._texts / f"{shown.digest}.md", shown.text.encode())
        except OSError as error:
            raise ConfigError(f"{self._texts}: cannot be written: {error.strerror}") from None
        self._trusted.set(folder, shown.digest)
        if before != shown.digest and not self._trusted.knows(before):
            with suppress(OSError):  # a text that nobody needs any more
                (self._texts / f"{before}.md").unlink(missing_ok=True)

    def _kept(self, digest: str) -> str:
        """The text that was trusted, "" if it is not there or is another now."""
        text, _ = _read(self._texts / f"{digest}.md", self._texts)
        return text if digest_of(text) == digest else ""

    def _with_imports(self, file: Path) -> tuple[str, str]:
        """The text followed by what it imports, which is all that a person must review; and why it is ignored, or
        ""."""
        text, problem = _read(file, self._project)
        if problem:
            return "", problem
        parts, read = [text], {file.resolve()}
        waiting = [(file, path, 1) for path in imports_in(text)]
        while waiting:
            importer, written, depth = waiting.pop(0)
            imported = self._import(importer, written)
            if imported is None or imported in read:
                continue
            read.add(imported)
            content, problem = _read(imported, self._project)
            if problem:
                return "", f"{file} imports {problem}"
            name = imported.relative_to(self._project.resolve())
            parts.append(f"\n\nImported from {name}:\n\n{content}")
            if sum(len(part.encode()) for part in parts) > MAX_BYTES:
                return "", f"{file}: over {MAX_BYTES // 1024} KiB with its imports, so it is not read as instructions"
            if depth < _DEEPEST:
                waiting += [(imported, path, depth + 1) for path in imports_in(content)]
        return "".join(parts), ""

    def _import(self, importer: Path, written: str) -> Path | None:
        """The file in the project that `@written` names; None for any other text with an `@`, and for a file that
        usually holds credentials."""
        try:
            project, file = self._project.resolve(), (importer.parent / written).resolve()
            is_meant = file.is_file() and file.is_relative_to(project)
        except (OSError, ValueError, RuntimeError):
            return None
        places = Places(str(Path.home()), str(project))
        return file if is_meant and not usually_holds_credentials(str(file), places) else None


def _read(file: Path, root: Path | None) -> tuple[str, str]:
    """The text, and why it is not obeyed. A link that leads out of the folder is not followed; the person's own may
    be one."""
    try:
        return read_regular(file, MAX_BYTES, root).decode("utf-8-sig"), ""
    except FileNotFoundError:
        return "", ""
    except NotPlainError as error:
        return "", f"{file}: {error}, so it is not read as instructions"
    except OSError as error:
        return "", f"{file}: cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return "", f"{file}: not UTF-8 text, so it is not read as instructions"
