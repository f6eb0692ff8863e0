"""Alt with a letter is a key, not a letter.

Most terminals send Alt and z as Escape and z. Textual makes of that the key `alt+z` with the character `z`, and a text
field takes whatever has a character: the letter would be typed, and the key's binding never be looked for.
"""

from textual import events
from textual.app import App, ReturnType


class AltKeys(App[ReturnType]):
    """Takes the character from keys that were pressed with Alt."""

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and "alt" in event.key.split("+")[:-1]:
            event.character = None
        await super().on_event(event)
