"""Reads config.toml, and changes single values in it with comments and layout kept."""

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.storage.own_writes import own_write
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.errors import ConfigError, UnwritableConfig
from blufio_tui.core.mcp.server import ServerConfig, as_table
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.settings.parser import parse_settings, parse_value
from blufio_tui.core.settings.schema import SETTINGS, Settings

MAX_BYTES = 4 * 1024 * 1024
"""Of a file of settings."""


def load_settings(path: Path) -> Settings:
    """The configuration; defaults where there is no file.

    Raises:
        ConfigError: the file cannot be read or does not fit the schema; names the file and each problem.
    """
    try:
        return parse_settings(_parse(_read(path)))
    except ConfigError as error:
        raise ConfigError(_located(path, error)) from None


def parse_source(path: Path, content: bytes) -> Settings:
    """What the content of a configuration file means.

    Raises:
        ConfigError: as `load_settings`; `path` is for the message.
    """
    try:
        return parse_settings(_parse(content.decode()))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except ConfigError as error:
        raise ConfigError(_located(path, error)) from None


def keys_set(path: Path) -> frozenset[str]:
    """The settings that the file itself gives; none where it cannot be read."""
    try:
        document = _parse(_read(path))
    except ConfigError:
        return frozenset()
    sections = {section: table for section, table in document.items() if isinstance(table, Mapping)}
    return frozenset(f"{section}.{name}" for section, table in sections.items() for name in table)


def get_value(settings: Settings, key: str) -> Any:
    """
    Raises:
        ConfigError: there is no such setting.
    """
    if key not in SETTINGS:
        parse_value(key, None)
    section, _, name = key.partition(".")
    return getattr(getattr(settings, section), name)


def set_value(path: Path, key: str, text: str) -> Any:
    """Store a value given as text (TOML, or a bare word for a text setting); the typed value.

    Raises:
        ConfigError: unknown key, unfit value, or the file cannot be written.
    """
    return store_value(path, key, _value_from_text(key, text))


def store_value(path: Path, key: str, value: Any) -> Any:
    """Store an already parsed value, checked against the schema; comments and layout of the file survive."""
    import tomllib

    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    checked = parse_value(key, value)
    _refuse_unwritable(key, checked)
    source = _read(path)
    try:
        _parse(source)  # its complaints say more
        document = tomlkit.parse(source)
        section, _, name = key.partition(".")
        if section not in document:
            document[section] = tomlkit.table()
        _put(document[section], name, _plain(checked))
        changed = tomlkit.dumps(document)
        parse_settings(tomllib.loads(changed))
    except (TOMLKitError, tomllib.TOMLDecodeError, ConfigError) as error:
        raise ConfigError(_located(path, error)) from None
    _replace(path, source, changed)
    return checked


def _put(table: Any, name: str, value: Any) -> None:
    """What a table within the file already says keeps its comments."""
    there = table.get(name)
    if not isinstance(there, MutableMapping) or not isinstance(value, Mapping):
        table[name] = value
        return
    for gone in [key for key in there if key not in value]:
        del there[gone]
    for key, wanted in value.items():
        if there.get(key) != wanted:
            there[key] = wanted


def unset_value(path: Path, key: str) -> None:
    """Take a setting out of the file, so that its default applies.

    Raises:
        ConfigError: there is no such setting, or the file cannot be changed.
    """
    import tomlkit

    get_value(Settings(), key)
    section, _, name = key.partition(".")
    source = _read(path)
    document = tomlkit.parse(source)
    table = document.get(section)
    if table is not None and name in table:
        del table[name]
        _replace(path, source, tomlkit.dumps(document))


def as_toml(value: Any) -> str:
    """A setting's value as one writes it in TOML."""
    import tomlkit

    plain = _plain(value)
    if not isinstance(plain, list):
        return str(tomlkit.item(plain).as_string().strip())
    array = tomlkit.array()
    array.extend(_inline(item) for item in plain)
    return array.as_string()


def _inline(item: Any) -> Any:
    """A rule within the line of its list; a list of tables would be lines of its own."""
    import tomlkit

    if not isinstance(item, Mapping):
        return item
    table = tomlkit.inline_table()
    table.update(item)
    return table


def _plain(value: Any) -> Any:
    """A setting's value in what TOML and JSON can hold."""
    match value:
        case UserRule():
            return {value.verdict.value: value.kind.value, "target": value.target, "actor": value.actor}
        case tuple() | list() if value and all(isinstance(item, ServerConfig) for item in value):
            return {item.name: as_table(item) for item in value}
        case tuple() | list():
            return [_plain(item) for item in value]
        case Mapping():
            return dict(value)
        case _:
            return value


def _refuse_unwritable(key: str, value: Any) -> None:
    """
    Raises:
        ConfigError: a text that is not Unicode, as an argument in another encoding than the locale's becomes.
    """
    try:
        as_json(value).encode()
    except UnicodeEncodeError:
        raise ConfigError(f"{key}: the value is not valid Unicode text") from None


def _value_from_text(key: str, text: str) -> Any:
    """TOML where it parses as one, else the text itself; for a list, one bare text is its only item."""
    import tomllib

    spec = SETTINGS.get(key)
    if spec is not None and spec.type_name == "str" and not text.startswith(('"', "'")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return [text] if spec is not None and spec.type_name == "list" and not text.startswith("[") else text


def _read(path: Path) -> str:
    try:
        return read_regular(path, MAX_BYTES).decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None


def _parse(source: str) -> Mapping[str, Any]:
    if not source:
        return {}
    import tomllib

    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError("not valid TOML: nested too deeply") from None


def _located(path: Path, error: Exception) -> str:
    return "\n".join(line if line.startswith(str(path)) else f"{path}: {line}" for line in str(error).splitlines())


def _replace(path: Path, before: str, text: str) -> None:
    """Write the whole file, atomically; a link to it stays a link."""
    path = path.resolve()
    try:
        with own_write(path, before.encode(), text.encode()):
            replace_file(path, text.encode())
    except OSError as error:
        raise UnwritableConfig(f"{path}: cannot be written: {error.strerror}; it is unchanged") from None


def as_json(value: Any) -> str:
    """A setting's value as JSON, for `config get`."""
    return json.dumps(_plain(value), ensure_ascii=False)
