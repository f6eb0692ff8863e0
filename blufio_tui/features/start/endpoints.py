"""From what is configured to the provider that answers: the named connection, or the defaults."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.core.errors import ConfigError
from blufio_tui.core.settings.schema import Settings

if TYPE_CHECKING:
    from blufio_tui.adapters.model.claude import ClaudeProvider
    from blufio_tui.adapters.model.credentials import Credentials

NO_KEY_NEEDED = "none"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which server answers, with which model and key.

    Attributes:
        name: of the connection, "" if none is named.
        base_url: "" for what the environment says, else Anthropic's own.
        key: a reference for `Credentials.key`.
    """

    name: str
    base_url: str
    model: str
    key: str = ""

    @property
    def address(self) -> str:
        return self.base_url or os.environ.get("ANTHROPIC_BASE_URL", "")


def endpoint_of(settings: Settings, config_file: Path) -> Endpoint:
    """
    Raises:
        ConfigError: `model.connection` names none. What is meant for one server must not go to another.
    """
    chosen = settings.model
    if not chosen.connection:
        return Endpoint("", chosen.base_url, chosen.name)
    from blufio_tui.adapters.model.connections import Connections

    try:
        found = Connections(config_file).get(chosen.connection)
    except ConfigError as error:
        raise ConfigError(f"model.connection: {error}; /connect chooses another") from None
    return Endpoint(found.name, found.base_url, found.model or chosen.name, found.key)


def with_endpoint(settings: Settings, endpoint: Endpoint) -> Settings:
    """The settings as they are for this endpoint."""
    return replace(settings, model=replace(settings.model, name=endpoint.model, base_url=endpoint.base_url))


def provider_for(endpoint: Endpoint, credentials: "Credentials") -> "ClaudeProvider | None":
    """None if no model is connected and the guide answers. Slow: may ask the keyring.

    Raises:
        ConfigError: the key that the connection refers to is not there, or cannot be read.
    """
    key = credentials.key(endpoint.key)
    if key is None and endpoint.key not in ("", NO_KEY_NEEDED):
        raise ConfigError(f'the connection "{endpoint.name}" no longer has a key ({endpoint.key}); /connect stores one')
    if key is None and not endpoint.address:
        return None
    from blufio_tui.adapters.model.claude import ClaudeProvider

    return ClaudeProvider(api_key=key.value if key else "", base_url=endpoint.address)
