"""Checks a parsed config.toml against the schema and makes `Settings` of it; reports every problem at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.mcp.server import ServerConfig
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.settings.schema import SETTINGS, Settings, SettingSpec
from blufio_tui.core.text.similar import did_you_mean

FREE_SECTIONS = frozenset({"connections"})
"""Tables that another part of the program checks."""

_EXPECTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a string",
    "list": "a list of strings",
    "table": "a table of strings",
    "rules": "a list of tables",
    "servers": "a table of servers",
}


def parse_settings(document: Mapping[str, Any]) -> Settings:
    """
    Raises:
        ConfigError: with one line for each problem: the key, what was found and what is expected.
    """
    problems: list[str] = []
    values = dict(_checked(document, problems))
    if problems:
        raise ConfigError("\n".join(problems))
    settings = Settings()
    for section in fields(Settings):
        chosen = {key.partition(".")[2]: v for key, v in values.items() if key.startswith(f"{section.name}.")}
        settings = replace(settings, **{section.name: replace(getattr(settings, section.name), **chosen)})
    return settings


def parse_value(key: str, value: Any) -> Any:
    """One value for the setting `key`, in the type of the schema.

    Raises:
        ConfigError: unknown key, wrong type or out of bounds.
    """
    if key not in SETTINGS:
        raise ConfigError(_unknown(key, SETTINGS))
    spec = SETTINGS[key]
    converted, problem = _convert(spec, value)
    if problem:
        raise ConfigError(problem)
    return converted


def _checked(document: Mapping[str, Any], problems: list[str]) -> Iterator[tuple[str, Any]]:
    sections = {spec.section for spec in SETTINGS.values()}
    for section, table in document.items():
        if section in FREE_SECTIONS:
            continue
        if section not in sections:
            problems.append(_unknown(section, sections))
        elif not isinstance(table, Mapping):
            problems.append(f"{section}: expected a table [{section}], found {_shown(table)}")
        else:
            yield from _checked_section(section, table, problems)


def _checked_section(section: str, table: Mapping[str, Any], problems: list[str]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        key = f"{section}.{name}"
        try:
            yield key, parse_value(key, value)
        except ConfigError as error:
            problems.append(str(error))


def _convert(spec: SettingSpec, value: Any) -> tuple[Any, str]:
    converted, problem = _typed(spec, value)
    if not problem and spec.check is not None:
        problem = spec.check(converted)
        problem = f"{spec.key}: {problem}, found {_shown(value)}" if problem else ""
    return converted, problem


def _typed(spec: SettingSpec, value: Any) -> tuple[Any, str]:
    wrong = f"{spec.key}: expected {_EXPECTED[spec.type_name]}, found {_shown(value)}"
    match spec.type_name:
        case "bool" if isinstance(value, bool):
            return value, ""
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return int(value), ""
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value), ""
        case "str" if isinstance(value, str):
            return str(value), ""
        case "list" if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(str(item) for item in value), ""
        case "table" if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()):
            return {str(name): str(item) for name, item in value.items()}, ""
        case "rules" if isinstance(value, list | tuple):
            return _rules(spec.key, value)
        case "servers" if isinstance(value, Mapping):
            from blufio_tui.core.mcp.config import parse_servers  # the rules of manifests: only where there are servers

            found = parse_servers(value)
            return found.servers, "\n".join(found.problems)
        case "servers" if isinstance(value, tuple) and all(isinstance(item, ServerConfig) for item in value):
            return value, ""
        case _:
            return None, wrong


def _rules(key: str, values: Any) -> tuple[tuple[UserRule, ...], str]:
    rules = []
    for number, value in enumerate(values, 1):
        rule, problem = _rule(value)
        if rule is None:
            return (), f"{key}: rule {number}: {problem}"
        rules.append(rule)
    return tuple(rules), ""


def _rule(value: Any) -> tuple[UserRule | None, str]:
    """A rule such as `{ allow = "fs.read", target = "~/notes", actor = "file" }`."""
    if isinstance(value, UserRule):
        return value, ""
    if not isinstance(value, Mapping):
        return None, f"expected a table, found {_shown(value)}"
    verdicts = [verdict for verdict in Verdict if verdict.value in value]
    if len(verdicts) != 1:
        return None, 'needs either allow = "KIND" or deny = "KIND"'
    kind, kinds = value[verdicts[0].value], [kind.value for kind in Kind]
    if kind not in kinds:
        return None, f"{_shown(kind)} is not a capability kind ({', '.join(kinds)})"
    if unknown := set(value) - {verdicts[0].value, "target", "actor"}:
        return None, _unknown(sorted(unknown)[0], {"allow", "deny", "target", "actor"})
    target, actor = value.get("target", "*"), value.get("actor", "*")
    if not (isinstance(target, str) and target and isinstance(actor, str) and actor):
        return None, "target and actor must be non-empty strings"
    from blufio_tui.core.policy.rule_targets import target_problem  # the network guard: only where there are rules

    if problem := target_problem(verdicts[0], Kind(kind), str(target)):
        return None, f"the target {_shown(target)} {problem}"
    return UserRule(verdicts[0], Kind(kind), str(target), str(actor)), ""


def _unknown(key: str, known: Iterable[str]) -> str:
    return f"{key}: there is no such setting{did_you_mean(key, known)}"


def _shown(value: Any) -> str:
    text = repr(value.unwrap() if hasattr(value, "unwrap") else value)
    return text if len(text) <= 60 else text[:57] + "…"
