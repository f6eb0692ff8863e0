"""Where the model's own questions and plans wait for the person: the `Person` that the tools ask."""

from blufio_tui.core.asking import PersonAnswer, PersonQuestion
from blufio_tui.ui.ports.desk import Desk, Pending

PendingAsked = Pending[PersonQuestion, PersonAnswer]


class PersonDesk(Desk[PersonQuestion, PersonAnswer]):
    """What the model asks."""
