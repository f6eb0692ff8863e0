"""Typed reading of one TOML table: wrong types are reported and replaced by the default."""

from collections.abc import Callable
from dataclasses import dataclass

from blufio_tui.core.manifest.problems import Problems
from blufio_tui.core.text.toml_lines import Path

Rule = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the document together with where it stands."""

    values: dict[str, object]
    path: Path
    problems: Problems

    def allow(self, *known: str) -> "Table":
        self.problems.unknown_keys(self.path, self.values, known)
        return self

    def complain(self, key: str | int, message: str) -> None:
        self.problems.add((*self.path, key), message)

    def table(self, key: str) -> "Table":
        """The sub-table, empty when absent."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.complain(key, f"must be a table, not {type_name(value)}")
            value = {}
        return Table(value, (*self.path, key), self.problems)

    def text(self, key: str, rule: Rule, default: str | None = None) -> str:
        """A string that the rule accepts; required when there is no default."""
        if key not in self.values and default is not None:
            return default
        value = self.values.get(key)
        if value is None:
            self.complain(key, "is required")
        elif not isinstance(value, str):
            self.complain(key, f"must be a string, not {type_name(value)}")
        elif problem := rule(value):
            self.complain(key, problem)
        else:
            return value
        return default or ""

    def optional_text(self, key: str, rule: Rule) -> str | None:
        return self.text(key, rule) if key in self.values else None

    def texts(self, key: str, rule: Rule) -> tuple[str, ...]:
        """A list of strings, each accepted by the rule; duplicates are dropped, order kept."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.complain(key, f"must be a list of strings, not {type_name(value)}")
            return ()
        kept: dict[str, None] = {}
        for item in value:
            problem = rule(item) if isinstance(item, str) else f"must hold strings, not {type_name(item)}"
            if problem:
                self.complain(key, problem)
            else:
                kept[str(item)] = None
        return tuple(kept)

    def whole_number(self, key: str, default: int, most: int) -> int:
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            found = value if isinstance(value, float) else type_name(value)
            self.complain(key, f"must be a whole number, not {found}")
        elif not 1 <= value <= most:
            self.complain(key, f"is {value}; it must be between 1 and {most}")
        else:
            return value
        return default


def type_name(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
