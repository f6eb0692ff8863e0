"""Secret values, and who may use them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.adapters.model.connections import Connections
from blufio_tui.adapters.model.credentials import Credentials
from blufio_tui.adapters.net.secrets import SecretStore
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.guards.secrets import credentials_in
from blufio_tui.core.text.redaction import Redactor
from blufio_tui.features.start.options import Options


@dataclass(frozen=True, slots=True)
class Secrets:
    """
    Attributes:
        store: what requests may carry by name.
        known: the values that no command sees, by name.
        variables: where connections take their keys from: as little a skill's or a command's as the default one.
        redactor: takes secrets out of what is recorded.
        credentials: the keys of models.
    """

    store: SecretStore
    known: Mapping[str, str]
    variables: frozenset[str]
    redactor: Redactor
    credentials: Credentials


def secrets_of(options: Options) -> Secrets:
    keys = options.paths.keys
    references = [options.key]
    with suppress(ConfigError):  # whoever uses the connections says what is wrong with them
        references += [connection.key for connection in Connections(options.paths.config_file).all()]
    variables = frozenset(key.removeprefix("env:") for key in references if key.startswith("env:"))
    store = SecretStore(keys / "secrets.toml", own=variables)
    known = {**credentials_in(STARTED_WITH), **store.known()}
    return Secrets(store, known, variables, Redactor(known), Credentials(keys))
