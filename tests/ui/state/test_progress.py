"""What a turn is doing, and since when: of what it does now, not of the turn."""

from blufio_tui.core.events import Event, RequestStarted, TextDelta, TurnFinished, TurnStarted
from blufio_tui.ui.state.progress import Progress
from tests.ui.state.test_nested_and_todo import T, finished, started


def test_the_time_is_of_what_is_done_now_and_not_of_the_turn() -> None:
    progress = Progress()
    seen = []
    steps: tuple[tuple[float, Event], ...] = (
        (0, TurnStarted(T, "s", "hi")),
        (1, RequestStarted(T, 1, "m")),
        (5, TextDelta(T, "Let me")),
        (6, TextDelta(T, " look.")),
        (10, started("a", "search")),
        (12, started("b", "bash")),
        (20, finished("a")),
        (30, finished("b")),
        (31, RequestStarted(T, 2, "m")),
    )
    for at, event in steps:
        progress.take(event, at)
        seen.append((progress.doing, progress.since))
    assert seen == [
        ("starting", 0),
        ("waiting", 1),
        ("writing", 5),
        ("writing", 5),
        ("search", 10),
        ("2 tools", 10),
        ("bash", 12),
        ("writing", 5),
        ("waiting", 31),
    ]
    progress.take(TurnFinished(T, "s", "end_turn", "", 2), 40)
    assert not progress.is_running
