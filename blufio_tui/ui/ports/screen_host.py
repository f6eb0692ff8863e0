"""What a screen may ask of the app while it is being opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.theme import Theme

    from blufio_tui.core.sessions.records import StoredMessage
    from blufio_tui.ui.ports.services import Services
    from blufio_tui.ui.state.key_guard import KeyTimes
    from blufio_tui.ui.text.key_row import KeyRow


class ScreenHost(Protocol):
    """
    Attributes:
        session_id: the session that is shown, "" before the first prompt.
        key_times: when keys arrived; what asks looks at it before it takes one as an answer.
        theme: the name of the theme in use.
        own_themes: name of each theme file that could be read, with `dark` or `light`.
    """

    @property
    def services(self) -> Services: ...
    @property
    def session_id(self) -> str: ...
    @property
    def key_times(self) -> KeyTimes: ...
    @property
    def theme(self) -> str: ...
    @property
    def available_themes(self) -> Mapping[str, Theme]: ...
    @property
    def own_themes(self) -> Mapping[str, str]: ...

    def key_rows(self) -> Sequence[KeyRow]:
        """All current keys and commands."""
        ...

    def show_theme(self, name: str) -> None:
        """Until another is shown or kept."""
        ...

    def keep_theme(self, name: str) -> None:
        """From now on; written to the configuration."""
        ...

    def switch_model(self, name: str) -> None: ...

    def choose_mode(self, name: str) -> None: ...

    async def prompts(self) -> Sequence[StoredMessage]:
        """What the person said in this session, oldest first. Raises `StorageError`."""
        ...

    def put_prompt(self, text: str) -> None:
        """Put a text into the prompt, in place of what is there; it is not sent."""
        ...

    def places(self) -> Sequence[str]:
        """Where one is, as the keys page calls it, from the inside outwards."""
        ...

    def change_key(self, binding_id: str, key: str) -> Sequence[str]:
        """Give an action another key, "" for its default; written to the configuration and in force at once.

        Nothing is changed when there are reasons against it: what is given back. Raises `ConfigError`.
        """
        ...

    def rewind_from_list(self, message_id: str) -> None:
        """Put an earlier prompt back into the prompt."""
        ...


OpenScreen = Callable[[ScreenHost, str], "Awaitable[Screen[None]]"]
"""`open_screen(host, query)` of a module of `ui/screens` that a command names. Raises `BlufioError` when what it shows
cannot be read, or there is nothing of the kind here."""
