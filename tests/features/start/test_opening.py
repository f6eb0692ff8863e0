"""The parts behind the screen, opened while the screen is there already."""

import asyncio
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import StorageError
from blufio_tui.features.screen.lazy_parts import LaterMode, LaterModel, LaterSkills, later
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.opening import Opening
from blufio_tui.features.start.options import likely_model, read_options


class Doubler:
    async def double(self, number: int) -> int:
        return 2 * number


class Parts:
    """As much of the parts as these tests need."""

    def __init__(self) -> None:
        self.part = Doubler()
        self.closed = False

    async def close(self) -> None:
        self.closed = True


def opening_of(parts: object) -> Opening[Any]:
    return Opening(lambda: cast(Any, parts))


async def test_nothing_is_opened_before_somebody_asks() -> None:
    opened = threading.Event()
    opening = Opening(lambda: cast(Any, opened.set()))
    assert opening.ready is None and not opened.is_set()
    await opening.close()
    assert not opened.is_set()


async def test_a_call_waits_for_the_opening_and_goes_on_to_the_part() -> None:
    gate = threading.Event()

    def open_parts() -> Any:
        gate.wait(10)
        return Parts()

    opening = Opening(open_parts)
    early = asyncio.ensure_future(later(Doubler, opening.part(lambda parts: parts.part)).double(4))
    await asyncio.sleep(0)
    assert not early.done()
    gate.set()
    assert await early == 8


def test_a_port_with_a_method_that_cannot_wait_is_refused() -> None:
    class Hasty:
        async def slow(self) -> int:
            return 1

        def at_once(self) -> int:
            return 1

    with pytest.raises(TypeError, match=r"Hasty\.at_once is no coroutine"):
        later(Hasty, opening_of(Parts()).part(lambda parts: cast(Any, parts).part))


async def test_who_gives_up_waiting_does_not_stop_the_opening_for_others() -> None:
    gate = threading.Event()

    def open_parts() -> Any:
        gate.wait(10)
        return "parts"

    opening = Opening(open_parts)
    hasty = asyncio.ensure_future(opening.parts())
    await asyncio.sleep(0)
    hasty.cancel()
    gate.set()
    assert await opening.parts() == cast(Any, "parts")


async def test_a_failure_is_told_to_everyone_who_asks_and_closing_is_still_possible() -> None:
    def fail() -> Any:
        raise StorageError("the database is damaged")

    opening = Opening(fail)
    for _ in range(2):
        with pytest.raises(StorageError, match="damaged"):
            await opening.parts()
    assert opening.ready is None and isinstance(opening.failure, StorageError)
    await opening.close()


async def test_closing_waits_for_an_opening_that_is_under_way() -> None:
    parts = Parts()
    opening = opening_of(parts)
    waiting = asyncio.ensure_future(opening.parts())
    await asyncio.sleep(0)
    await opening.close()
    assert parts.closed
    await waiting


async def test_before_the_opening_the_screen_sees_no_skills_the_mode_it_was_started_with_and_the_guide() -> None:
    part = opening_of(Parts()).part(lambda parts: cast(Any, parts).part)
    assert LaterSkills(part).list() == ()
    assert LaterMode(part, Mode.READ_ONLY).get() is Mode.READ_ONLY
    assert LaterModel(part).is_guide


@pytest.mark.parametrize(
    ("environment", "offline", "likely"),
    [({}, False, ""), ({"ANTHROPIC_API_KEY": "k"}, False, "claude-sonnet-5-5"), ({"ANTHROPIC_API_KEY": "k"}, True, "")],
)
def test_before_a_model_is_connected_the_screen_names_the_one_that_will_probably_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], offline: bool, likely: str
) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**environment, "BLUFIO_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    options = read_options(StartOptions(project=tmp_path, offline=offline), interactive=True)
    assert likely_model(options) == likely
    model = LaterModel(opening_of(None).part(lambda parts: parts.model), likely)
    assert (model.name, model.is_guide) == (likely or "offline guide", not likely)
