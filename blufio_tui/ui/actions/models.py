"""Connecting models and choosing among them."""

from textual import on

from blufio_tui.core.errors import UsageError
from blufio_tui.ui.actions.slash import SlashActions
from blufio_tui.ui.messages import ModelChanged


class ModelActions(SlashActions):
    @on(ModelChanged)
    def follow_model(self, message: ModelChanged) -> None:
        self.show_model()
        if message.wants_list:
            self.action_open("connect_models")
        elif message.wants_connections:
            self.action_open("connect")

    async def action_connect_model(self, name: str = "") -> None:
        """Open the list of connections, or use the one of that name at once."""
        if not name or self.services.connections is None:
            self.action_open("connect")
            return
        await self.services.connections.use(name)
        self.show_model()
        self.notify(f"{self.services.model.name} answers through {name}.", markup=False)

    async def action_thinking_budget(self, typed: str = "") -> None:
        from blufio_tui.ui.content.connection_lines import thinking_in_words
        from blufio_tui.ui.screens.connect_models import thinking_tokens

        port = self.services.connections
        if port is None:
            raise UsageError("There is no model here that could think.")
        if typed:
            await port.set_thinking(thinking_tokens(typed))
        self.notify(f"Thinking is {thinking_in_words(await port.thinking_budget())}.")
