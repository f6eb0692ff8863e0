"""Themes as TOML files: a dozen colours with names that say what they are for."""

import os
import stat
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from textual.theme import Theme

from blufio_tui.core.errors import ConfigError
from blufio_tui.ui.few_colors import NUMBERED, FileTheme

_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Palette:
    """
    Attributes:
        background: behind everything.
        panel: what stands out from it: the person's words, code, the header.
        selection: behind the row that Enter acts on.
        line: rules and empty bars; decoration, never text.
        text, muted: what is read first and second.
        accent: what is the program's own and can be acted on.
        ok, warn, bad, info: allowed, asked, denied or failed, running.
        code: code inside a sentence.
    """

    background: str
    panel: str
    selection: str
    line: str
    text: str
    muted: str
    accent: str
    ok: str
    warn: str
    bad: str
    info: str
    code: str


FALLBACK = Palette(
    background="#12161d",
    panel="#1b212b",
    selection="#263449",
    line="#37414f",
    text="#dde3ea",
    muted="#98a3b3",
    accent="#7cb7ff",
    ok="#74d29b",
    warn="#ecc06c",
    bad="#ff8f8f",
    info="#8fc9e8",
    code="#d6b8f5",
)
"""What is used before a theme file is read, and when none can be."""

_NAMES = tuple(field.name for field in fields(Palette))


def load_themes(folders: Iterable[Path]) -> tuple[dict[str, Theme], list[str]]:
    """All themes by name, and what is wrong with the files that could not be used. A later folder wins."""
    themes: dict[str, Theme] = {}
    problems: list[str] = []
    for path in (path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml"))):
        try:
            theme = read_theme(path)
            themes[theme.name] = theme
        except ConfigError as error:
            problems.append(str(error))
    return themes, problems


def find_theme(folders: Sequence[Path], *names: str) -> Theme | None:
    """The first of these that can be read, without a look at the others; None when none can."""
    files = (folder / f"{name}.toml" for name in names for folder in reversed(folders))
    for path in (path for path in files if path.is_file()):
        with suppress(ConfigError):
            return read_theme(path)
    return None


def read_theme(path: Path) -> Theme:
    """
    Raises:
        ConfigError: the file is not TOML, or a colour is missing, unknown or no colour.
    """
    try:
        data = tomllib.loads(_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"theme {path}: {error}") from error
    numbers = {count: _read_numbers(path, count, data.get(f"colors-{count}", {})) for count in (256, 16)}
    return to_theme(path.stem, bool(data.get("dark", True)), read_palette(path, data.get("colors")), numbers)


def _read_numbers(path: Path, count: int, numbers: object) -> dict[str, int]:
    """Of the colours of a terminal with few; none need be named."""
    where = f"theme {path}, [colors-{count}]"
    if not isinstance(numbers, dict):
        raise ConfigError(f"{where}: it needs to be a table")
    if unknown := set(numbers) - set(NUMBERED):
        raise ConfigError(f"{where}: unknown {', '.join(sorted(unknown))}")
    for name, number in numbers.items():
        if type(number) is not int or not 0 <= number < count:
            raise ConfigError(f"{where}: {name} = {number!r} is not a number from 0 to {count - 1}")
    return numbers


def _text(path: Path) -> str:
    """
    Raises:
        OSError, ValueError: it is not a regular file of at most 64 KiB in UTF-8. A pipe would never answer.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a regular file")
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError(f"over {_MAX_BYTES // 1024} KiB")
    return data.decode()


def read_palette(path: Path, colors: object) -> Palette:
    from textual.color import Color, ColorParseError

    if not isinstance(colors, dict):
        raise ConfigError(f"theme {path}: it needs a [colors] table with {', '.join(_NAMES)}")
    missing, unknown = set(_NAMES) - set(colors), set(colors) - set(_NAMES)
    if missing or unknown:
        what = [f"missing {', '.join(sorted(missing))}"] if missing else []
        what += [f"unknown {', '.join(sorted(unknown))}"] if unknown else []
        raise ConfigError(f"theme {path}, [colors]: {'; '.join(what)}")
    for name, value in colors.items():
        try:
            Color.parse(str(value))
        except ColorParseError as error:
            raise ConfigError(f"theme {path}: {name} = {value!r} is not a colour, write it as #rrggbb") from error
    return Palette(**colors)


def to_theme(name: str, dark: bool, palette: Palette, numbers: Mapping[int, Mapping[str, int]] | None = None) -> Theme:
    """Textual's own variables follow from ours, so that its widgets fit in."""
    return FileTheme(
        name=name,
        dark=dark,
        primary=palette.accent,
        secondary=palette.info,
        accent=palette.accent,
        warning=palette.warn,
        error=palette.bad,
        success=palette.ok,
        foreground=palette.text,
        background=palette.background,
        surface=palette.background,
        panel=palette.panel,
        variables=theme_variables(palette),
        numbers=numbers or {},
    )


def theme_variables(palette: Palette) -> dict[str, str]:
    """The palette's own names, and Textual's names for the same colours."""
    own = {field: getattr(palette, field) for field in _NAMES if field not in ("background", "panel", "accent", "text")}
    return own | {
        "text": palette.text,
        "text-muted": palette.muted,
        "text-primary": palette.accent,
        "text-secondary": palette.info,
        "text-accent": palette.accent,
        "text-success": palette.ok,
        "text-warning": palette.warn,
        "text-error": palette.bad,
        "error-muted": palette.panel,
        "border": palette.accent,
        "border-blurred": palette.line,
        "block-cursor-background": palette.selection,
        "block-cursor-foreground": palette.text,
        "block-cursor-blurred-background": palette.panel,
        "block-cursor-blurred-foreground": palette.text,
        "block-cursor-text-style": "bold",
        "scrollbar": palette.line,
        "scrollbar-hover": palette.muted,
        "scrollbar-active": palette.accent,
        "scrollbar-background": palette.background,
        "scrollbar-background-hover": palette.background,
        "scrollbar-background-active": palette.background,
        "scrollbar-corner-color": palette.background,
        "input-cursor-background": palette.text,
        "input-cursor-foreground": palette.background,
        "input-selection-background": palette.selection,
        "screen-selection-background": palette.selection,
        "footer-background": palette.panel,
    }
