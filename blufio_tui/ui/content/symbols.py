"""One symbol and one colour for each state, decision and decider, used everywhere alike.

Every meaning has both, so that colour is never the only signal.
"""

from dataclasses import dataclass

from textual.content import Content

from blufio_tui.core.capability import DecidedBy, Verdict
from blufio_tui.core.events import NoticeLevel
from blufio_tui.ui.state.states import State


@dataclass(frozen=True, slots=True)
class Mark:
    """A one-cell symbol in a theme colour."""

    symbol: str
    style: str

    def __call__(self) -> Content:
        return Content.styled(self.symbol, self.style)


STATES = {
    State.RUNNING: Mark("◐", "$info"),
    State.ASKING: Mark("?", "bold $warn"),
    State.OK: Mark("✓", "$ok"),
    State.DENIED: Mark("⊘", "bold $bad"),
    State.ERROR: Mark("✗", "bold $bad"),
    State.CANCELLED: Mark("⊖", "$muted"),
}

SPINNER = "◐◓◑◒"


def spinner(now: float) -> Content:
    """The symbol of what runs, at a time in seconds: it turns."""
    return Content.styled(SPINNER[int(now * 6) % len(SPINNER)], STATES[State.RUNNING].style)


VERDICTS = {
    Verdict.ALLOW.value: Mark("✓", "$ok"),
    Verdict.DENY.value: Mark("⊘", "bold $bad"),
}

NO_VERDICT = Mark("·", "$muted")

DECIDERS = {
    DecidedBy.NEVER_RULE.value: Mark("‼", "$bad"),
    DecidedBy.USER_RULE.value: Mark("§", "$warn"),
    DecidedBy.MANIFEST.value: Mark("≡", "$muted"),
    DecidedBy.GRANT.value: Mark("★", "$info"),
    DecidedBy.USER.value: Mark("●", "$accent"),
    DecidedBy.MODE.value: Mark("◇", "$warn"),
    DecidedBy.TIMEOUT.value: Mark("◷", "$warn"),
}

NO_DECIDER = Mark(" ", "$muted")

NOTICES = {
    NoticeLevel.INFO: Mark("i", "$info"),
    NoticeLevel.WARNING: Mark("!", "bold $warn"),
    NoticeLevel.ERROR: Mark("✗", "bold $bad"),
}
