"""A folder to start from: a small skill in the chosen language that builds and passes its test at once."""

from pathlib import Path

from blufio_tui.core.errors import SkillError
from blufio_tui.core.manifest.rules import name_problem
from blufio_tui.core.text.display import printable

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES = ("python", "c", "zig", "rust", "wat")
_RENAMED = {"gitignore": ".gitignore"}


def create(name: str, language: str, parent: Path) -> Path:
    """Make `parent/name`; the new folder.

    Raises:
        SkillError: the name is not one, or there is something of that name already.
    """
    if problem := name_problem(name):
        raise SkillError(f'"{printable(name)}" cannot be the name of a skill: it {problem}')
    folder = parent / name
    template = TEMPLATES / language
    try:
        folder.mkdir()
        for source in sorted(template.rglob("*")):
            if source.is_file() and source.parent.name != "__pycache__":  # pip compiles what it installs
                target = folder / source.relative_to(template).with_name(_RENAMED.get(source.name, source.name))
                target.parent.mkdir(parents=True, exist_ok=True)
                text = source.read_text(encoding="utf-8").replace("{{name}}", name)
                target.write_text(text, encoding="utf-8")
    except FileExistsError:
        raise SkillError(f"{folder} already exists; choose another name or remove it") from None
    except OSError as error:
        raise SkillError(f"{folder} cannot be created: {error.strerror}") from None
    return folder
