"""The skills that come with the program: `skills/` in the source tree, `blufio_tui/bundled/skills` in a wheel.

`index.json` beside them is written by `scripts/build_skills.py`. It holds what listing needs, so that no
manifest is parsed at start-up, and the hashes that each call is checked against.
"""

import json
from collections.abc import Callable, Container
from pathlib import Path
from typing import TypeVar

from blufio_tui.adapters.skills.table import Listed
from blufio_tui.core.errors import SkillError
from blufio_tui.core.manifest.as_json import declared_capabilities, manifest_from_json
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus

T = TypeVar("T")

INDEX_FILE = "index.json"


def bundled_folder() -> Path:
    """Where the bundled skills are.

    Raises:
        SkillError: they are missing from the installation.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "bundled" / "skills", package.parent / "skills"):
        if (folder / INDEX_FILE).is_file():
            return folder
    raise SkillError(f"the bundled skills are missing from {package}; install blufio-tui again")


def bundled_skills(folder: Path) -> dict[str, Skill]:
    """The skills of a folder with an index, by name.

    Raises:
        SkillError: the index cannot be read.
    """
    return _from_index(folder, _skill)


def listed_bundled(folder: Path, disabled: Container[str]) -> dict[str, Listed]:
    """What a list shows of them, without taking their manifests apart.

    Raises:
        SkillError: the index cannot be read.
    """

    def listed(_folder: Path, entry: dict[str, str]) -> Listed:
        manifest = json.loads(entry["manifest"])
        return Listed(
            manifest["name"],
            manifest["version"],
            manifest["description"],
            SkillKind(entry["kind"]).value,
            SkillStatus.BUNDLED.value,
            manifest["name"] not in disabled,
            json.dumps(declared_capabilities(manifest["capabilities"])),
        )

    return _from_index(folder, listed)


def _from_index(folder: Path, made: Callable[[Path, dict[str, str]], T]) -> dict[str, T]:
    try:
        index = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
        return {name: made(folder / name, entry) for name, entry in index.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SkillError(f"{folder / INDEX_FILE} cannot be read: {error}; install blufio-tui again") from None


def _skill(folder: Path, entry: dict[str, str]) -> Skill:
    manifest = manifest_from_json(entry["manifest"])
    return Skill(
        name=manifest.name,
        version=manifest.version,
        description=manifest.description,
        kind=SkillKind(entry["kind"]),
        status=SkillStatus.BUNDLED,
        folder=folder,
        content_hash=entry["content_hash"],
        manifest=manifest,
        module_sha256=entry["module_sha256"],
        author=manifest.author,
    )
