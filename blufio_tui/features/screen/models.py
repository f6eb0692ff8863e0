"""Which model answers: choosing, connecting and trying, each effective with the next request."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from blufio_tui.adapters.config.settings import load_settings, store_value
from blufio_tui.adapters.model.claude import ANTHROPIC_URL, ClaudeProvider, Patience
from blufio_tui.adapters.model.connections import Connections
from blufio_tui.adapters.model.credentials import Credentials
from blufio_tui.adapters.model.models import list_models, try_connection
from blufio_tui.adapters.model.pricing import GenaiPricing
from blufio_tui.core.agent.agent import Agent
from blufio_tui.core.connections import Connection, ConnectionCheck, ModelChoice
from blufio_tui.core.errors import ConfigError, UsageError
from blufio_tui.core.settings.schema import ModelSettings
from blufio_tui.core.tasks import aside
from blufio_tui.core.text.redaction import Redactor
from blufio_tui.features.start.endpoints import NO_KEY_NEEDED, Endpoint, endpoint_of, provider_for
from blufio_tui.ui.ports.models import ConnectionDraft, ListedConnection

_IMPATIENT = Patience(first_wait=0.3, longest_wait=0.6, stall=60.0, first_event=120.0, connect=8.0)
"""A person waits for the answer: fewer and shorter pauses than in a turn."""

_ANY_MODEL = "default"
"""Asked for where a server lists no models: most that do not take whatever name they are given."""

_LOCAL_HOSTS = ("localhost", "127.", "[::1]", "10.", "192.168.")


@dataclass(frozen=True, slots=True)
class ModelPorts:
    """What choosing and connecting models works with.

    Attributes:
        endpoint: what answers as the program starts, as it is configured.
        model_given: the command line chose for this run, so nothing that is chosen in it is remembered.
        prepare: makes ready what a first turn would wait for.
        choose: the provider that is configured, None for the offline guide. Slow: may ask the keyring.
    """

    agent: Agent
    credentials: Credentials
    pricing: GenaiPricing
    redactor: Redactor
    config_file: Path
    endpoint: Endpoint
    model_given: bool
    prepare: Callable[[], Awaitable[None]]
    choose: Callable[[], ClaudeProvider | None]


class Model:
    """Which model answers. Until `connect` has found one, and without one for good, the offline guide does."""

    def __init__(self, ports: ModelPorts) -> None:
        self._ports = ports
        self._guide = ports.agent.provider
        self._endpoint = ports.endpoint
        self._window = 0
        self.models: tuple[ModelChoice, ...] = ()
        self._connected = asyncio.Event()
        self._opened: list[ClaudeProvider] = []

    @property
    def name(self) -> str:
        return "offline guide" if self.is_guide else self._ports.agent.config.model

    @property
    def is_guide(self) -> bool:
        return self._ports.agent.provider.is_guide

    @property
    def connection(self) -> str:
        return self._endpoint.name

    def context_window(self) -> int:
        return self._window

    def choices(self) -> Sequence[str]:
        return tuple(choice.id for choice in self.models)

    @property
    def is_known(self) -> bool:
        """True once `connect` has found which model answers."""
        return self._connected.is_set()

    async def connected(self) -> None:
        """Wait until it is known which model answers."""
        await self._connected.wait()

    async def connect(self) -> None:
        """Find the model's key, import its SDK and start the first sandbox worker, off the event loop's thread."""
        try:
            await self._ports.prepare()
            provider = await aside(self._ports.choose)
            if provider is None:
                return
            self._answer_with(provider)
        finally:
            self._connected.set()
        await self._get_to_know(provider)

    async def take(self, endpoint: Endpoint, provider: ClaudeProvider | None) -> None:
        """Answer through another endpoint from the next turn on; a turn that runs keeps what it started with."""
        self._endpoint = endpoint
        self._ports.agent.windows.forget()
        if provider is None:
            self._ports.agent.provider = self._guide
            self._window, self.models = 0, ()
            return
        self._ports.agent.config = replace(self._ports.agent.config, model=endpoint.model)
        self._answer_with(provider)
        await self._get_to_know(provider)

    async def switch(self, name: str) -> bool:
        """Use another model of the same server, and remember it, unless the command line chose for this run."""
        self._ports.agent.config = replace(self._ports.agent.config, model=name)
        self._endpoint = replace(self._endpoint, model=name)
        await self._look_up_window()
        if not self._ports.model_given:
            await asyncio.to_thread(self._remember, name)
        return not self._ports.model_given

    async def close(self) -> None:
        for provider in self._opened:
            await provider.close()

    def _answer_with(self, provider: ClaudeProvider) -> None:
        self._opened.append(provider)
        self._ports.agent.provider = provider

    async def _get_to_know(self, provider: ClaudeProvider) -> None:
        await provider.warm_up()
        self.models = await list_models(provider)
        self._take_the_only_one(provider)
        await self._look_up_window()

    def _take_the_only_one(self, provider: ClaudeProvider) -> None:
        """A server with one model is asked for it where nobody has named another."""
        config = self._ports.agent.config
        is_unnamed = config.model in ("", ModelSettings().name) and provider.base_url != ANTHROPIC_URL
        if is_unnamed and len(self.models) == 1:
            self._ports.agent.config = replace(config, model=self.models[0].id)
            self._endpoint = replace(self._endpoint, model=self.models[0].id)

    async def _look_up_window(self) -> None:
        name = self._ports.agent.config.model
        told = next((choice.window for choice in self.models if choice.id == name), 0)
        windows = self._ports.agent.windows
        windows.learn(name, told)
        self._window = await windows.of(name) or 0

    def _remember(self, name: str) -> None:
        config_file = self._ports.config_file
        if not self._endpoint.name:
            store_value(config_file, "model.name", name)
            return
        connections = Connections(config_file)
        connections.save(replace(connections.get(self._endpoint.name), model=name))


class ConnectionDesk:
    """Implements `ui.ports.models.ConnectionsPort`."""

    def __init__(self, ports: ModelPorts, model: Model) -> None:
        self._ports = ports
        self._model = model
        self._config = ports.config_file
        self._connections = Connections(self._config)

    async def all(self) -> Sequence[ListedConnection]:
        return await asyncio.to_thread(self._all)

    def _all(self) -> list[ListedConnection]:
        rows = [self._info(connection) for connection in self._connections.all()]
        default = self._endpoint("")
        key = self._ports.credentials.key()
        if default.address or key:
            words = key.source if key else "no key"
            is_current = not self._model.connection and not self._model.is_guide
            stored = Connection("", default.base_url, default.model)
            rows.insert(0, ListedConnection(stored, default.address or ANTHROPIC_URL, words, is_current))
        return rows

    def _info(self, connection: Connection) -> ListedConnection:
        words = self._key_in_words(connection.key)
        is_current = connection.name == self._model.connection
        return ListedConnection(connection, connection.base_url or ANTHROPIC_URL, words, is_current)

    def _key_in_words(self, reference: str) -> str:
        if reference == NO_KEY_NEEDED:
            return "no key"
        if reference.startswith("env:"):
            return f"environment variable {reference.removeprefix('env:')}"
        if not reference:
            return "ANTHROPIC_API_KEY, else the stored default key"
        where = self._ports.credentials.where(reference)
        if where == "keyring":
            return "in the system's keyring"
        return f"in {where}, which only you can read" if where else "missing: c stores one"

    # ── trying ─────────────────────────────────────────────────────────────────────────────────────

    async def try_out(self, draft: ConnectionDraft) -> ConnectionCheck:
        address = with_scheme(draft.base_url)
        reference = await asyncio.to_thread(self._reference, draft)
        if draft.key and not draft.key.startswith("env:"):
            key = draft.key.strip()
        else:
            found = await aside(lambda: self._ports.credentials.key(reference))
            if reference.startswith("env:") and found is None:
                return ConnectionCheck(False, f"The environment variable {reference.removeprefix('env:')} is not set.")
            key = found.value if found else ""
        if not key and not address:
            return ConnectionCheck(
                False, "Anthropic wants an API key. Create one at console.anthropic.com and paste it here."
            )
        return await self._try(key, address, draft.model)

    async def try_stored(self, name: str) -> ConnectionCheck:
        endpoint = await asyncio.to_thread(self._endpoint, name)
        found = await aside(lambda: self._ports.credentials.key(endpoint.key))
        return await self._try(found.value if found else "", endpoint.address, endpoint.model)

    async def _try(self, key: str, address: str, model: str) -> ConnectionCheck:
        provider = ClaudeProvider(api_key=key, base_url=address, patience=_IMPATIENT)
        try:
            asked = model or await self._first_model(provider) or _ANY_MODEL
            checked = await try_connection(provider, asked)
            is_unnamed = not checked.ok and asked == _ANY_MODEL and _ANY_MODEL in checked.message
            hint = " Name a model: the server does not list its models." if is_unnamed else ""
            return replace(checked, message=checked.message + hint)
        finally:
            await provider.close()

    async def _first_model(self, provider: ClaudeProvider) -> str:
        if provider.base_url == ANTHROPIC_URL:
            return ModelSettings().name
        return next((choice.id for choice in await list_models(provider)), "")

    # ── keeping ────────────────────────────────────────────────────────────────────────────────────

    async def keep(self, draft: ConnectionDraft) -> str:
        said = await aside(lambda: self._store(draft))
        await self.use(draft.name)
        return said

    def _store(self, draft: ConnectionDraft) -> str:
        reference = self._reference(draft)
        connection = Connection(draft.name, with_scheme(draft.base_url), draft.model, reference)
        self._connections.check(connection)
        said = "No key is stored."
        if draft.key and not draft.key.startswith("env:"):
            said = self._ports.credentials.store(draft.name, draft.key)
            self._ports.redactor.learn(draft.name, draft.key.strip())
        elif draft.key:
            said = f"The key is read from {draft.key.removeprefix('env:')} each time."
        self._connections.save(connection)
        return said

    def _reference(self, draft: ConnectionDraft) -> str:
        if draft.key:
            return draft.key.strip() if draft.key.startswith("env:") else draft.name
        if draft.keeps_key:
            return self._connections.get(draft.name).key
        return NO_KEY_NEEDED

    async def use(self, name: str) -> None:
        endpoint = await asyncio.to_thread(self._endpoint, name)
        provider = await aside(lambda: provider_for(endpoint, self._ports.credentials))
        await asyncio.to_thread(store_value, self._config, "model.connection", name)
        await self._model.take(endpoint, provider)

    def _endpoint(self, name: str) -> Endpoint:
        """Of a stored connection; "": of none, as the command line chose for this run, else as it is configured."""
        if not name and self._ports.model_given and not self._ports.endpoint.name:
            return self._ports.endpoint
        settings = load_settings(self._config)
        return endpoint_of(replace(settings, model=replace(settings.model, connection=name)), self._config)

    async def remove(self, name: str) -> None:
        if not name:
            raise UsageError("This one is not stored here: it comes from the environment or from model.base_url.")
        await aside(lambda: self._forget(name))
        if self._model.connection == name:
            await self.use("")

    def _forget(self, name: str) -> None:
        key = self._connections.get(name).key
        self._connections.remove(name)
        is_shared = any(connection.key == key for connection in self._connections.all())
        if key == name and not is_shared:
            self._ports.credentials.forget(name)

    # ── models ─────────────────────────────────────────────────────────────────────────────────────

    async def models(self) -> Sequence[ModelChoice]:
        return self._model.models

    async def thinking_budget(self) -> int:
        return self._ports.agent.config.settings.thinking_budget

    async def set_thinking(self, budget: int) -> None:
        """Stored too. Raises `ConfigError` when it is out of bounds."""
        checked = await asyncio.to_thread(store_value, self._config, "agent.thinking_budget", budget)
        self._ports.agent.config = self._ports.agent.config.with_thinking(checked)


def with_scheme(address: str) -> str:
    """An address as people type it: `localhost:8080` is http, `models.example.org` is https.

    Raises:
        ConfigError: it is not an address.
    """
    address = address.strip()
    if not address:
        return ""
    if "://" not in address:
        scheme = "http" if address.startswith(_LOCAL_HOSTS) else "https"
        address = f"{scheme}://{address}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ConfigError("the address must be like http://127.0.0.1:8080, without a user name in it")
    return address.rstrip("/")
