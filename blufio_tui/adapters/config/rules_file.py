"""Adds and removes single rules in config.toml; comments, order and layout of the rest survive."""

import tomllib
from pathlib import Path
from typing import Any

from blufio_tui.adapters.config.settings import MAX_BYTES, load_settings
from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.errors import ConfigError, UnwritableConfig
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.settings.parser import parse_settings


def add_rule(path: Path, rule: UserRule) -> int:
    """Write the rule behind the others; its number, from 1.

    Raises:
        ConfigError: the file, or the file with this rule, is not valid.
        UnwritableConfig: it cannot be written.
    """
    import tomlkit
    from tomlkit.items import AoT

    load_settings(path)
    document = _document(path)
    policy = document.setdefault("policy", tomlkit.table())
    rules = policy.get("rules")
    if rules is None:
        policy["rules"] = rules = tomlkit.array()
    if isinstance(rules, AoT):
        table = tomlkit.table()
        table.update(_written(rule))
        rules.append(table)
    else:
        inline = tomlkit.inline_table()
        inline.update(_written(rule))
        rules.add_line(inline, indent="  ")
        if len(rules) == 1:
            rules.add_line(indent="")
    _store(path, document)
    return len(rules)


def remove_rule(path: Path, number: int) -> UserRule | None:
    """Take the rule with that number out; None if there is none.

    Raises:
        ConfigError: the file is not valid.
        UnwritableConfig: it cannot be written.
    """
    rules = load_settings(path).policy.rules
    if not 1 <= number <= len(rules):
        return None
    document = _document(path)
    del document["policy"]["rules"][number - 1]
    _store(path, document)
    return rules[number - 1]


def _written(rule: UserRule) -> dict[str, str]:
    written = {rule.verdict.value: rule.kind.value, "target": rule.target}
    return written | ({"actor": rule.actor} if rule.actor != "*" else {})


def _document(path: Path) -> Any:
    import tomlkit

    try:
        return tomlkit.parse(read_regular(path, MAX_BYTES).decode())
    except FileNotFoundError:
        return tomlkit.document()


def _store(path: Path, document: Any) -> None:
    """Nothing is written that this program would not read back."""
    import tomlkit

    text = tomlkit.dumps(document)
    try:
        parse_settings(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: the rule cannot be written there: {error}; edit the file by hand") from None
    path = path.resolve()
    make_private(path.parent)
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise UnwritableConfig(f"{path}: cannot be written: {error.strerror}; it is unchanged") from None
