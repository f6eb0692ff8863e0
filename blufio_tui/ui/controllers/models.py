"""Connecting models and choosing among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.core.errors import BlufioError, UsageError

if TYPE_CHECKING:
    from blufio_tui.core.text.key_masks import FoundKey
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.messages import ModelChanged


class Models:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def show(self) -> None:
        """Say on the main screen which model answers."""
        main, model = self._stage.main, self._stage.services.model
        main.status.change(model=model.name, context_window=model.context_window())
        main.chat.welcome.connected(is_guide=model.is_guide, model=model.name)

    def follow(self, message: ModelChanged) -> None:
        """A screen has changed something about the models."""
        self.show()
        if message.wants_list:
            self._stage.open_screen("connect_models", "")
        elif message.wants_connections:
            self._stage.open_screen("connect", "")

    def choose(self, name: str = "") -> None:
        """A model by its name, else from the list."""
        if name:
            self.switch(name)
        else:
            self._stage.open_screen("connect_models", "")

    def switch(self, name: str) -> None:
        self._stage.background("model", self._switch, name)

    async def _switch(self, name: str) -> None:
        from blufio_tui.ui.content.connection_lines import model_chosen

        try:
            is_kept = await self._stage.services.model.switch(name)
        except BlufioError as error:
            self._stage.complain(error)
        else:
            self._stage.app.notify(model_chosen(name, is_kept=is_kept), markup=False)
        self.show()

    async def connect(self, name: str = "") -> None:
        """Open the list of connections, or use the one of that name at once. Raises `BlufioError`."""
        services = self._stage.services
        if not name or services.connections is None:
            self._stage.open_screen("connect", "")
            return
        await services.connections.use(name)
        self.show()
        self._stage.app.notify(f"{services.model.name} answers through {name}.", markup=False)

    async def connect_with(self, found: FoundKey) -> None:
        """Open the form for a new connection with a key that was pasted elsewhere."""
        from blufio_tui.ui.screens.connect import new_connection
        from blufio_tui.ui.screens.connect_form import ConnectForm

        port = self._stage.services.connections
        if port is None:
            raise UsageError("Models cannot be connected here.")
        start = new_connection(found.kind, found.value, await port.all())
        self._stage.app.push_screen(ConnectForm(port, start), self._connected)

    def _connected(self, said: str | None) -> None:
        if said is not None:
            self._stage.app.notify(f"Connected. {said}", markup=False, timeout=6)
            self.show()

    async def think(self, typed: str = "") -> None:
        """Set how many tokens the model may think, or say how many it may. Raises `BlufioError`."""
        from blufio_tui.ui.content.connection_lines import thinking_in_words
        from blufio_tui.ui.screens.connect_models import thinking_tokens

        port = self._stage.services.connections
        if port is None:
            raise UsageError("No model here supports thinking.")
        if typed:
            await port.set_thinking(thinking_tokens(typed))
        self._stage.app.notify(f"Thinking is {thinking_in_words(await port.thinking_budget())}.")
