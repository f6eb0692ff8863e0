"""Collecting what is wrong with a manifest, so that all of it can be reported at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from blufio_tui.core.errors import ManifestError
from blufio_tui.core.text.display import printable
from blufio_tui.core.text.similar import did_you_mean
from blufio_tui.core.text.toml_lines import Path, key_lines, line_of

MAX_REPORTED = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is and what to do. `key` is dotted; `line` counts from 1."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class InvalidManifest(ManifestError):
    """A manifest with one or more mistakes; the text has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.key)))
        shown = [str(problem) for problem in self.problems[:MAX_REPORTED]]
        rest = len(self.problems) - len(shown)
        super().__init__("\n".join([*shown, f"… and {rest} more"] if rest else shown))


@dataclass(slots=True)
class Problems:
    """Collects mistakes while the parser continues."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, message: str) -> None:
        self.found.append((path, message))

    def unknown_keys(self, path: Path, keys: Iterable[str], known: Iterable[str]) -> None:
        known = tuple(known)
        for key in keys:
            if key not in known:
                hint = did_you_mean(key, known) or f"; known here: {', '.join(known)}"
                self.add((*path, printable(key)), f"unknown key{hint}")

    def raise_any(self, file: str, text: str) -> None:
        """Raise `InvalidManifest` if there are mistakes; only then are line numbers looked up."""
        if not self.found:
            return
        lines = key_lines(text)
        raise InvalidManifest(
            Problem(file, line_of(lines, path), dotted(path), message) for path, message in self.found
        )


def dotted(path: Path) -> str:
    """`examples[0].say` for a path."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
