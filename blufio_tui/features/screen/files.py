"""Small files that the screen reads and writes itself: what it remembers, the configuration, and what is edited."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from blufio_tui.adapters.config.settings import as_toml, load_settings, set_value, unset_value
from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.settings.schema import SETTINGS
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.json_types import Json
from blufio_tui.ui.ports.services import EditedText, SettingField

_MAX_MEMORY = 1024 * 1024


class Memory:
    """What the screen remembers, in one small file. A file that cannot be used is as good as none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Mapping[str, Json]:
        with suppress(OSError, ValueError):
            values = strict_json.parsed(read_regular(self._path, _MAX_MEMORY))
            if isinstance(values, dict):
                return values
        return {}

    def save(self, values: Mapping[str, Json]) -> None:
        with suppress(OSError):
            replace_file(self._path, json.dumps(values).encode())


class SettingsFile:
    """config.toml for the settings screen; what runs follows the file by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def file(self) -> str:
        return str(self._path)

    def fields(self) -> Sequence[SettingField]:
        settings = load_settings(self._path)
        return [
            SettingField(
                key=key,
                value=as_toml(value := getattr(getattr(settings, spec.section), spec.name)),
                default=as_toml(spec.default),
                description=spec.help,
                changed=value != spec.default,
                choices=spec.choices or (("true", "false") if spec.type_name == "bool" else ()),
                effect=spec.effect.value,
            )
            for key, spec in SETTINGS.items()
            if spec.type_name not in ("rules", "servers")
        ]

    def set(self, key: str, value: str) -> None:
        set_value(self._path, key, value)

    def reset(self, key: str) -> None:
        unset_value(self._path, key)


def edited(text: str) -> EditedText:
    """The text as the person leaves it in their editor; holds up the caller meanwhile."""
    from blufio_tui.adapters.desktop.editor import edit_text

    return edit_text(text)
