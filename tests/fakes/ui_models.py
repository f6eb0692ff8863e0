"""Connections and models without a server behind them."""

from collections.abc import Sequence
from dataclasses import replace

from blufio_tui.core.connections import Connection, ConnectionCheck, ModelChoice
from blufio_tui.core.errors import ConfigError
from blufio_tui.ui.ports.models import ConnectionDraft, ListedConnection
from tests.fakes.ui_services import FakeModel

GOOD_KEY = "sk-test-0123456789"


class FakeConnections:
    def __init__(self, model: FakeModel) -> None:
        self._model = model
        self.infos: list[ListedConnection] = []
        self.drafts: list[ConnectionDraft] = []
        self.thinking = 0
        self.offered = [
            ModelChoice("claude-opus-4-5", "Claude Opus 4.5", 200_000),
            ModelChoice("claude-haiku-4-5", "Haiku"),
        ]

    async def all(self) -> Sequence[ListedConnection]:
        return list(self.infos)

    async def try_out(self, draft: ConnectionDraft) -> ConnectionCheck:
        self.drafts.append(draft)
        if draft.base_url or draft.key == GOOD_KEY:
            return ConnectionCheck(True, "it answers", draft.model or "claude-sonnet-5-5")
        return ConnectionCheck(False, "The API key was not accepted (401): invalid x-api-key.")

    async def try_stored(self, name: str) -> ConnectionCheck:
        return ConnectionCheck(True, f"the model of {name} answers", "m")

    async def keep(self, draft: ConnectionDraft) -> str:
        self.drafts.append(draft)
        self.infos.append(
            ListedConnection(
                Connection(draft.name, draft.base_url, draft.model, draft.name),
                draft.base_url or "https://api.anthropic.com",
                "in the system's keyring",
            )
        )
        await self.use(draft.name)
        return "The key is kept in the system's keyring."

    async def use(self, name: str) -> None:
        if name not in {info.connection.name for info in self.infos}:
            raise ConfigError(f'there is no connection "{name}"')
        self.infos = [replace(info, is_current=info.connection.name == name) for info in self.infos]
        current = next(info for info in self.infos if info.is_current)
        self._model.is_guide, self._model.name = False, current.connection.model

    async def remove(self, name: str) -> None:
        self.infos = [info for info in self.infos if info.connection.name != name]

    async def models(self) -> Sequence[ModelChoice]:
        return self.offered

    async def thinking_budget(self) -> int:
        return self.thinking

    async def set_thinking(self, budget: int) -> None:
        self.thinking = budget
