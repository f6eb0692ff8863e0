"""What a caged command asks about at once in one folder is one card at a time, and one wide answer is for all."""

import asyncio
from collections.abc import Sequence

import pytest

from blufio_tui.core.capability import Verdict
from blufio_tui.core.effects import CagedEffect, EffectResult
from blufio_tui.core.errors import CapabilityDenied
from blufio_tui.core.gate.questions import MAX_DENIALS_IN_A_CALL
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion
from tests.fakes.gate_world import BASH, DENY, World, allow

Results = list[EffectResult | BaseException]


@pytest.fixture
def world() -> World:
    return World()


def reads(names: Sequence[str], folder: str = "/home/p/letters") -> list[CagedEffect]:
    return [CagedEffect("fs.read", f"{folder}/{name}", "read", programs=("grep -r x",)) for name in names]


def this_folder(question: ApprovalQuestion) -> ApprovalAnswer:
    return ApprovalAnswer(Verdict.ALLOW, next(offer for offer in question.offers if offer.label == "This folder"))


async def asked_at_once(world: World, effects: Sequence[CagedEffect], cards: int = 1) -> Results:
    """All are asked before the first is answered; so many cards are open then."""
    replies, world.person.replies = world.person.replies, []
    tasks = [asyncio.create_task(world.perform(effect, BASH)) for effect in effects]
    while len(world.person.questions) < cards:
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(world.person.questions) == world.gate.pending == cards
    world.person.replies = replies
    world.person.gate_opens.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_answer_about_the_folder_is_for_all_that_waits_there(world: World) -> None:
    world.person.replies = [this_folder]
    results = await asked_at_once(world, reads("abcdefgh"))
    assert all(isinstance(result, EffectResult) for result in results)
    assert len(world.person.questions) == 1
    assert [decided for decided, _ in world.decisions] == ["allow"] * 8


async def test_a_narrow_answer_is_for_one_and_the_next_card_says_how_many_wait(world: World) -> None:
    world.person.replies = [allow(), DENY, this_folder]
    results = await asked_at_once(world, reads("abcd"))
    assert [isinstance(result, EffectResult) for result in results] == [True, False, True, True]
    assert [question.request.resource[-1] for question in world.person.questions] == ["a", "b", "c"]
    assert "2 more questions about this folder are waiting" in world.person.questions[1].why
    assert "1 more question about this folder is waiting" in world.person.questions[2].why


async def test_other_folders_and_other_kinds_have_cards_of_their_own(world: World) -> None:
    effects = [*reads("ab"), *reads("ab", "/home/p/photos"), CagedEffect("fs.write", "/home/p/letters/a", "write")]
    world.person.replies = [DENY] * 5
    results = await asked_at_once(world, effects, cards=3)
    assert all(isinstance(result, CapabilityDenied) for result in results)


async def test_who_waits_and_is_cancelled_lets_the_next_one_in(world: World) -> None:
    tasks = [asyncio.create_task(world.perform(effect, BASH)) for effect in reads("abc")]
    await world.person.asked.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[0].cancel()
    await asyncio.wait(tasks[:2])
    while len(world.person.questions) < 2:
        await asyncio.sleep(0)
    world.person.replies = [allow()]
    world.person.gate_opens.set()
    assert isinstance(await tasks[2], EffectResult)
    assert [question.request.resource[-1] for question in world.person.questions] == ["a", "c"]
    assert [entry.outcome for entry in world.audit.entries if entry.outcome == "cancelled"] == ["cancelled"] * 2


def far_apart(number: int) -> list[CagedEffect]:
    """Effects that no one answer covers and that share no folder."""
    return [effect for one in range(number) for effect in reads("a", f"/home/p/{one}")]


async def test_no_more_are_open_in_one_call_than_may_be_denied(world: World) -> None:
    world.person.replies = [DENY] * 20
    results = await asked_at_once(world, far_apart(20), cards=MAX_DENIALS_IN_A_CALL)
    assert all(isinstance(result, CapabilityDenied) for result in results)
    assert len(world.person.questions) == MAX_DENIALS_IN_A_CALL
    assert [decided for decided, _ in world.decisions] == ["deny"] * 20


async def test_what_waits_for_room_is_asked_once_others_are_allowed(world: World) -> None:
    world.person.replies = [allow()] * 20
    results = await asked_at_once(world, far_apart(20), cards=MAX_DENIALS_IN_A_CALL)
    assert all(isinstance(result, EffectResult) for result in results)
    assert len(world.person.questions) == 20


async def test_one_that_waits_for_room_and_is_cancelled_is_recorded_and_asks_nothing(world: World) -> None:
    effects = far_apart(MAX_DENIALS_IN_A_CALL + 2)
    perform = world.gate.bind(BASH, world.context())
    tasks = [asyncio.create_task(perform(effect)) for effect in effects]
    while len(world.person.questions) < MAX_DENIALS_IN_A_CALL:
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    tasks[-2].cancel()
    await asyncio.wait(tasks[-2:-1])
    world.person.replies = [allow()] * 20
    world.person.gate_opens.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, EffectResult) for result in results] == [True] * MAX_DENIALS_IN_A_CALL + [False, True]
    assert len(world.person.questions) == MAX_DENIALS_IN_A_CALL + 1
    assert [entry.outcome for entry in world.audit.entries if entry.outcome == "cancelled"] == ["cancelled"]
