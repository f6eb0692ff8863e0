"""The gate: decided, asked, written down, done, written down again, in that order."""

import asyncio
import threading
from dataclasses import replace

import pytest

from blufio_tui.core.audit.rows import RowType
from blufio_tui.core.cage.inside import Inside
from blufio_tui.core.capability import DecidedBy, Kind, Mode, Verdict
from blufio_tui.core.effects import Effect, EffectResult, Fetch, GetEnv, ReadFile
from blufio_tui.core.errors import CapabilityDenied, HostError, NeverRule
from blufio_tui.core.events import FlowsChanged, HostCallStarted, NoticeRaised
from blufio_tui.core.gate.questions import (
    MAX_DENIALS,
    MAX_DENIALS_IN_A_CALL,
    MAX_DENIALS_IN_A_TURN,
    MAX_QUESTIONS_IN_A_CALL,
)
from blufio_tui.core.policy.approval import ApprovalAnswer, Lifetime, unanswered
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.tools import CallContext, HookAsks
from tests.fakes.gate_world import (
    BASH,
    DECLARED,
    DENY,
    FILE,
    SKILL,
    UNDECLARED,
    FakePrepared,
    RunCommand,
    World,
    WriteFile,
    allow,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=["awaited", "blocking"])
def either(request: pytest.FixtureRequest) -> World:
    """Effects that are awaited, and such as begin on the thread that made their row durable."""
    return World(blocking=request.param == "blocking")


# ── order ──────────────────────────────────────────────────────────────────────────────────────────


async def test_the_decision_is_written_before_the_effect_and_the_outcome_after_it(either: World) -> None:
    result = await either.perform(DECLARED)
    assert result.data == b"hello"
    assert either.steps == ["preflight", "decision allow", "effect /home/p/notes/a.txt", "outcome ok"]
    outcome = either.audit.entries[-1]
    assert (outcome.about_seq, outcome.body_bytes, len(outcome.body_sha256)) == (1, 5, 64)


async def test_a_log_that_cannot_be_written_means_that_nothing_happens(either: World) -> None:
    either.audit.broken = lambda entry: True
    with pytest.raises(HostError, match="the audit log cannot be written: the disk is full"):
        await either.perform(DECLARED)
    assert either.effects == []
    assert either.finished[-1].outcome.startswith("error: the audit log")


async def test_a_denial_stands_where_it_cannot_be_written(world: World) -> None:
    world.audit.broken = lambda entry: True
    world.mode = Mode.DENY
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED)


async def test_an_outcome_that_cannot_be_written_is_owed_and_stops_the_next_effect(either: World) -> None:
    either.audit.broken = lambda entry: entry.row_type is RowType.OUTCOME
    await either.perform(DECLARED)
    await either.gate.settle()
    with pytest.raises(HostError, match="audit log"):
        await either.perform(DECLARED)
    assert len(either.effects) == 1
    either.audit.broken = lambda entry: False
    await either.perform(DECLARED)
    await either.gate.settle()
    types = [entry.row_type for entry in either.audit.entries]
    assert types == [RowType.DECISION, RowType.OUTCOME, RowType.DECISION, RowType.OUTCOME]


async def test_the_result_does_not_wait_for_its_outcome_row(world: World) -> None:
    world.settles = False
    await world.perform(DECLARED)
    assert world.finished[-1].outcome == "ok"
    assert [entry.row_type for entry in world.audit.entries] == [RowType.DECISION]
    await world.gate.settle()
    assert world.audit.entries[-1].about_seq == 1


async def test_events_tell_the_same_story_as_the_log(either: World) -> None:
    await either.perform(DECLARED)
    started, finished = (event for event in either.events if not isinstance(event, FlowsChanged))
    assert isinstance(started, HostCallStarted)
    assert not started.asking
    (done,) = either.finished
    assert finished is done
    assert done.host_call_id == started.host_call_id == either.audit.entries[0].host_call_id
    assert (done.decision, done.decided_by, done.rule) == ("allow", "manifest", "allowed by manifest: read ~/notes")
    assert (done.outcome, done.seq, done.bytes_moved) == ("ok", 1, 5)


async def test_a_failed_effect_leaves_its_error(either: World) -> None:
    either.results = [HostError("no such file")]
    with pytest.raises(HostError, match="no such file"):
        await either.perform(DECLARED)
    assert either.audit.entries[-1].outcome == "error: no such file"


async def test_an_unforeseen_failure_leaves_an_outcome_too(either: World) -> None:
    either.results = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        await either.perform(DECLARED)
    assert either.audit.entries[-1].outcome == "error: ZeroDivisionError"


async def test_secrets_reach_neither_log_nor_events_nor_the_model(world: World) -> None:
    world.mode = Mode.DENY
    with pytest.raises(CapabilityDenied) as caught:
        await world.perform(ReadFile("/home/p/hunter2"))
    seen = f"{world.audit.entries} {world.events} {caught.value}"
    assert "hunter2" not in seen
    assert "/home/p/***" in seen


async def test_the_value_of_a_variable_is_not_even_hashed(world: World) -> None:
    await world.perform(GetEnv("WEATHER_KEY"), replace(SKILL))
    assert (world.audit.entries[-1].body_bytes, world.audit.entries[-1].body_sha256) == (5, "")


# ── never ──────────────────────────────────────────────────────────────────────────────────────────


async def test_what_nobody_may_reach_is_a_row_and_asks_nobody(world: World) -> None:
    world.prepare_error = NeverRule("blufio-tui's own database")
    with pytest.raises(CapabilityDenied, match="own database"):
        await world.perform(UNDECLARED)
    assert world.decisions == [("deny", "never-rule")]
    assert world.person.questions == []


async def test_a_never_rule_found_at_the_last_check_beats_the_manifest(world: World) -> None:
    world.preflight_error = NeverRule("private address")
    with pytest.raises(CapabilityDenied):
        await world.perform(DECLARED)
    assert (world.decisions, world.effects) == ([("deny", "never-rule")], [])


async def test_a_never_rule_found_while_doing_it_is_in_the_outcome(either: World) -> None:
    either.results = [NeverRule("the path was swapped")]
    with pytest.raises(CapabilityDenied, match="swapped"):
        await either.perform(DECLARED)
    assert either.audit.entries[-1].outcome == "denied"


async def test_a_failed_preflight_is_an_outcome_of_an_allowed_effect(either: World) -> None:
    either.preflight_error = HostError("no such host")
    with pytest.raises(HostError, match="no such host"):
        await either.perform(DECLARED)
    assert either.steps == ["preflight", "decision allow", "outcome error: no such host"]


async def test_an_effect_that_cannot_be_prepared_leaves_a_row(world: World) -> None:
    world.prepare_error = HostError("not a file")
    with pytest.raises(HostError):
        await world.perform(DECLARED)
    assert world.audit.entries[0].outcome == "error: not a file"


# ── asking ─────────────────────────────────────────────────────────────────────────────────────────


async def test_once_is_for_the_same_effect_in_the_same_call(world: World) -> None:
    world.person.replies = [allow(), DENY]
    await world.perform(UNDECLARED)
    await world.perform(UNDECLARED)
    assert len(world.person.questions) == 1
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED, call_id="c2")
    assert world.decisions == [("allow", "user"), ("allow", "user"), ("deny", "user")]
    assert world.grants.stored == []


async def test_once_does_not_cover_another_content(world: World) -> None:
    world.person.replies = [allow(), DENY]
    await world.perform(WriteFile("/home/p/x", b"what was shown"))
    with pytest.raises(CapabilityDenied):
        await world.perform(WriteFile("/home/p/x", b"something else"))


async def test_for_the_session_stores_a_grant_that_answers_from_then_on(world: World) -> None:
    world.person.replies = [allow(Lifetime.SESSION), DENY, DENY]
    await world.perform(UNDECLARED)
    await world.perform(UNDECLARED, call_id="c2")
    assert [grant.session_id for grant in world.grants.stored] == ["s1"]
    with pytest.raises(CapabilityDenied):
        await world.perform(ReadFile("/home/p/letter.txt2"), call_id="c2")
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED, session_id="s2")
    assert world.decisions[1] == ("allow", "grant")


async def test_a_revoked_grant_bites_at_the_next_host_call(world: World) -> None:
    world.person.replies = [allow(Lifetime.FOREVER), DENY]
    await world.perform(UNDECLARED)
    await world.perform(UNDECLARED, call_id="c2")
    await world.grants.revoke(world.grants.stored[0].grant_id)
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED, call_id="c2")


async def test_a_grant_does_not_carry_over_to_a_changed_skill(world: World) -> None:
    world.person.replies = [allow(Lifetime.FOREVER), DENY]
    await world.perform(UNDECLARED)
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED, replace(SKILL, content_hash="bb" * 32), call_id="c2")


async def test_the_reason_for_a_no_reaches_the_model(world: World) -> None:
    world.person.replies = [ApprovalAnswer(Verdict.DENY, reason="use the copy in notes")]
    with pytest.raises(CapabilityDenied, match="denied by the user: use the copy in notes"):
        await world.perform(UNDECLARED)
    assert world.audit.entries[0].rule == "denied by you: use the copy in notes"


async def test_a_lasting_no_is_stored_and_decides_later(world: World) -> None:
    world.person.replies = [ApprovalAnswer(Verdict.DENY, deny_lifetime=Lifetime.FOREVER)]
    for call_id in ("c1", "c2"):
        with pytest.raises(CapabilityDenied):
            await world.perform(UNDECLARED, call_id=call_id)
    assert world.decisions == [("deny", "user"), ("deny", "user-rule")]


async def test_no_answer_in_time_is_a_no_decided_by_the_clock(world: World) -> None:
    world.timeout_secs = 0.01
    with pytest.raises(CapabilityDenied, match="nobody answered within 0.01 s"):
        await world.perform(UNDECLARED)
    assert (world.decisions, world.person.withdrawn) == ([("deny", "timeout")], 1)


async def test_a_card_that_gives_up_is_a_timeout_too(world: World) -> None:
    world.person.replies = [None]
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED)
    assert world.decisions == [("deny", "timeout")]


async def test_a_question_that_cannot_be_shown_is_a_no(world: World) -> None:
    world.person.replies = [RuntimeError("screen is gone")]
    with pytest.raises(CapabilityDenied, match="screen is gone"):
        await world.perform(UNDECLARED)
    assert world.decisions == [("deny", "mode")]


async def test_the_time_a_person_takes_does_not_count_as_the_effects(world: World) -> None:
    def slowly(question: object) -> ApprovalAnswer:
        world.clock.pass_seconds(30)
        return ApprovalAnswer(Verdict.ALLOW)

    world.person.replies = [slowly]
    await world.perform(UNDECLARED)
    assert world.finished[-1].duration_ms == 0


async def test_an_answer_that_cannot_be_stored_holds_for_the_call_and_says_so(world: World) -> None:
    world.grants.broken = True
    world.person.replies = [allow(Lifetime.FOREVER)]
    await world.perform(UNDECLARED)
    assert any(isinstance(event, NoticeRaised) and "was not stored" in event.message for event in world.events)
    assert world.audit.entries[0].rule == "allowed by you for this call, since your answer could not be stored"


async def test_an_answer_beside_a_foreign_change_that_waits_says_that_it_waits_too(world: World) -> None:
    world.grants.held = True
    world.person.replies = [allow(Lifetime.FOREVER)]
    await world.perform(UNDECLARED)
    assert any(isinstance(event, NoticeRaised) and "/confirm shows it" in event.message for event in world.events)
    assert world.audit.entries[0].rule == "allowed by you for this call, since your answer waits to be confirmed"


async def test_a_grant_never_holds_a_secret(world: World) -> None:
    world.person.replies = [allow(Lifetime.FOREVER)]
    await world.perform(RunCommand("curl -u me:hunter2 x", "/"), BASH)
    assert world.grants.stored == []


async def test_the_question_says_everything(world: World) -> None:
    world.person.replies = [DENY]
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED)
    (question,) = world.person.questions
    assert question.why == "not declared in the manifest, which declares read ~/notes only"
    assert question.declared == "read ~/notes"
    assert [(o.lifetime, o.scope) for o in question.offers] == [
        ("call", "exact"),
        ("session", "exact"),
        ("forever", "exact"),
        ("session", "kind"),
    ]
    assert world.events[1] == replace(world.events[0], asking=True)


async def test_a_call_that_was_allowed_no_longer_waits_for_a_person_while_it_runs(world: World) -> None:
    world.person.replies = [ApprovalAnswer(Verdict.ALLOW)]
    await world.perform(UNDECLARED)
    started = [event.asking for event in world.events if isinstance(event, HostCallStarted)]
    assert started == [False, True, False]


# ── several at once ────────────────────────────────────────────────────────────────────────────────


async def test_identical_questions_are_asked_once_and_each_leaves_its_row(world: World) -> None:
    tasks = [asyncio.create_task(world.perform(UNDECLARED, call_id=f"c{n}")) for n in range(3)]
    await world.person.asked.wait()
    await asyncio.sleep(0)
    assert world.gate.pending == 1
    world.person.replies = [allow(Lifetime.SESSION)]
    world.person.gate_opens.set()
    await asyncio.gather(*tasks)
    assert (len(world.person.questions), len(world.grants.stored)) == (1, 1)
    assert world.decisions == [("allow", "user")] * 3
    assert world.gate.pending == 0


async def test_different_questions_wait_side_by_side(world: World) -> None:
    tasks = [asyncio.create_task(world.perform(WriteFile("/home/p/x", bytes([n])))) for n in range(3)]
    while world.gate.pending < 3:
        await asyncio.sleep(0)
    world.person.replies = [DENY] * 3
    world.person.gate_opens.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, CapabilityDenied) for result in results)
    assert len(world.person.questions) == 3


async def test_cancelling_one_of_two_that_wait_leaves_the_question_open(world: World) -> None:
    first, second = (asyncio.create_task(world.perform(UNDECLARED, call_id=f"c{n}")) for n in range(2))
    await world.person.asked.wait()
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert (world.person.withdrawn, world.gate.pending) == (0, 1)
    world.person.replies = [allow()]
    world.person.gate_opens.set()
    assert (await second).data == b"hello"


async def test_cancelling_the_last_that_waits_withdraws_the_question_and_leaves_a_row(world: World) -> None:
    task = asyncio.create_task(world.perform(UNDECLARED))
    await world.person.asked.wait()
    world.clock.pass_seconds(60)
    task.cancel()
    await asyncio.wait([task])
    await world.gate.settle()
    assert (world.person.withdrawn, world.gate.pending, world.finished[-1].duration_ms) == (1, 0, 0)
    (row,) = (entry for entry in world.audit.entries if entry.decision)
    assert (row.decision, row.decided_by, row.outcome) == ("deny", "mode", "cancelled")
    assert row.rule == "denied: the call was ended before anybody answered"
    assert world.finished[-1].outcome == "cancelled"


async def test_how_long_an_effect_took_leaves_out_how_long_it_stood_still_for_questions(world: World) -> None:
    running = asyncio.Event()
    world.results, world.waited_secs = [running], 7.0
    task = asyncio.create_task(world.perform(DECLARED))
    while not world.effects:
        await asyncio.sleep(0)
    world.clock.pass_seconds(10)
    running.set()
    await task
    assert world.finished[-1].duration_ms == world.audit.entries[-1].duration_ms == 3_000


# ── cancelling ─────────────────────────────────────────────────────────────────────────────────────


async def test_cancelling_in_the_middle_of_an_effect_leaves_an_outcome(world: World) -> None:
    never = asyncio.Event()
    world.results = [never]
    await _cancelled_in_the_middle(world)
    assert world.audit.entries[-1].outcome == "cancelled"
    assert world.finished[-1].outcome == "cancelled"


@pytest.mark.parametrize("end", ["cancelled", "error: out of time"])
async def test_how_long_a_stopped_command_took_leaves_out_how_long_it_waited(world: World, end: str) -> None:
    inside = Inside(_nobody, BASH, world.context())
    world.person.replies = [ApprovalAnswer(Verdict.ALLOW)]

    async def stopped(prepared: FakePrepared) -> EffectResult:
        world.clock.pass_seconds(10)
        inside.stood_still.secs = 7.0
        raise asyncio.CancelledError if end == "cancelled" else HostError("out of time")

    with pytest.MonkeyPatch.context() as patch, pytest.raises((asyncio.CancelledError, HostError)):
        patch.setattr(FakePrepared, "execute", stopped)
        await world.perform(RunCommand("make", "/p", inside=inside), BASH)
    assert (world.finished[-1].outcome, world.finished[-1].duration_ms) == (end, 3_000)
    assert world.audit.entries[-1].duration_ms == 3_000


async def _nobody(_effect: Effect, _context: CallContext) -> EffectResult:
    raise AssertionError


async def _cancelled_in_the_middle(world: World) -> None:
    task = asyncio.create_task(world.perform(DECLARED))
    while not world.effects:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelling_while_the_decision_is_being_written_means_no_effect_and_a_closed_row(either: World) -> None:
    either.settles, either.audit.hold = False, asyncio.Event()
    task = asyncio.create_task(either.perform(DECLARED))
    while "preflight" not in either.steps:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    either.audit.hold.set()
    await either.gate.settle()
    assert either.effects == []
    assert [(e.decision, e.outcome) for e in either.audit.entries] == [("allow", ""), ("", "cancelled")]


async def test_cancelling_in_the_middle_of_blocking_work_leaves_an_outcome() -> None:
    world, never = World(blocking=True), threading.Event()
    world.results = [never]
    await _cancelled_in_the_middle(world)
    never.set()
    assert [(e.decision, e.outcome) for e in world.audit.entries] == [("allow", ""), ("", "cancelled")]
    assert world.audit.entries[-1].about_seq == 1
    assert world.finished[-1].outcome == "cancelled"


# ── nagging ────────────────────────────────────────────────────────────────────────────────────────


async def test_after_three_denials_of_the_same_thing_nobody_is_asked_again(world: World) -> None:
    world.person.replies = [DENY] * 10
    for number in range(MAX_DENIALS + 2):
        with pytest.raises(CapabilityDenied):
            await world.perform(UNDECLARED, call_id=f"c{number}")
    assert len(world.person.questions) == MAX_DENIALS
    assert world.decisions == [("deny", "user")] * (MAX_DENIALS + 2)
    with pytest.raises(CapabilityDenied):
        await world.perform(ReadFile("/home/p/other"), call_id="c9")
    assert len(world.person.questions) == MAX_DENIALS + 1


async def test_a_new_session_may_ask_again(world: World) -> None:
    world.person.replies = [DENY] * 10
    for session in ("s1", "s1", "s1", "s2"):
        with pytest.raises(CapabilityDenied):
            await world.perform(UNDECLARED, call_id=session, session_id=session)
    assert len(world.person.questions) == 4


async def test_the_limit_is_the_persons_only_if_each_denial_was(world: World) -> None:
    world.person.replies = [DENY, unanswered("the editor closed the question"), DENY]
    for number in range(MAX_DENIALS + 1):
        with pytest.raises(CapabilityDenied):
            await world.perform(UNDECLARED, call_id=f"c{number}")
    assert world.decisions == [("deny", by) for by in ("user", "mode", "user", "mode")]


async def test_a_grant_given_later_is_used_even_after_three_denials(world: World) -> None:
    world.person.replies = [DENY, DENY, DENY]
    for number in range(3):
        with pytest.raises(CapabilityDenied):
            await world.perform(UNDECLARED, call_id=f"c{number}")
    world.mode = Mode.ALLOW_ALL
    await world.perform(UNDECLARED)


async def test_a_call_that_asks_for_one_thing_after_another_is_cut_short(world: World) -> None:
    world.person.replies = [DENY] * 100
    for number in range(30):
        with pytest.raises(CapabilityDenied):
            await world.perform(ReadFile(f"/home/p/{number}"))
    assert len(world.person.questions) == MAX_DENIALS_IN_A_CALL


async def test_a_turn_of_many_calls_that_ask_for_one_thing_after_another_is_cut_short(world: World) -> None:
    world.person.replies = [DENY] * 200
    for number in range(60):
        with pytest.raises(CapabilityDenied):
            await world.perform(ReadFile(f"/home/p/{number}"), call_id=f"c{number}")
    assert len(world.person.questions) == MAX_DENIALS_IN_A_TURN
    with pytest.raises(CapabilityDenied):
        await world.perform(ReadFile("/home/p/x"), call_id="c99", turn_id="t2")
    assert len(world.person.questions) == MAX_DENIALS_IN_A_TURN + 1


async def test_a_call_cannot_ask_without_end_even_if_each_answer_is_yes(world: World) -> None:
    world.person.replies = [allow()] * 200
    for number in range(MAX_QUESTIONS_IN_A_CALL):
        await world.perform(ReadFile(f"/home/p/{number}"))
    with pytest.raises(CapabilityDenied, match=f"asked {MAX_QUESTIONS_IN_A_CALL} questions"):
        await world.perform(ReadFile("/home/p/one-more"))
    assert world.decisions[-1] == ("deny", "never-rule")


async def test_once_does_not_carry_over_to_a_later_call_that_bears_the_same_id(world: World) -> None:
    world.person.replies = [allow(), DENY, DENY]
    await world.perform(UNDECLARED)
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED, turn_id="t2")
    with pytest.raises(CapabilityDenied):
        await world.perform(UNDECLARED, session_id="s2")


async def test_two_publishers_of_one_name_do_not_share_a_question(world: World) -> None:
    actors = (SKILL, replace(SKILL, publisher="cc" * 32), replace(SKILL, manifest=None))
    tasks = [asyncio.create_task(world.perform(UNDECLARED, actor)) for actor in actors]
    while world.gate.pending < len(actors):
        await asyncio.sleep(0)
    world.person.replies = [DENY] * len(actors)
    world.person.gate_opens.set()
    await asyncio.gather(*tasks, return_exceptions=True)


# ── changes while a person thinks ──────────────────────────────────────────────────────────────────


async def test_a_rule_made_while_the_card_was_open_beats_the_answer(world: World) -> None:
    def meanwhile(question: object) -> ApprovalAnswer:
        world.rules = (UserRule(Verdict.DENY, Kind.FS_READ, "~/letter.txt"),)
        return ApprovalAnswer(Verdict.ALLOW)

    world.person.replies = [meanwhile]
    with pytest.raises(CapabilityDenied, match="denied by the user's rule"):
        await world.perform(UNDECLARED)
    assert world.effects == []


async def test_the_mode_is_read_anew_for_each_effect(world: World) -> None:
    world.mode = Mode.ALLOW_ALL
    perform = world.gate.bind(SKILL, world.context())
    await perform(UNDECLARED)
    world.mode = Mode.DENY
    with pytest.raises(CapabilityDenied):
        await perform(UNDECLARED)
    assert world.decisions == [("allow", "mode"), ("deny", "mode")]


# ── redirects ──────────────────────────────────────────────────────────────────────────────────────

PAGE = Fetch("GET", "https://api.weather.com/now")


async def test_each_redirect_is_decided_anew(world: World) -> None:
    world.results = [Fetch("GET", "https://evil.example/"), EffectResult(200)]
    world.person.replies = [DENY]
    with pytest.raises(CapabilityDenied, match=r"evil\.example"):
        await world.perform(PAGE)
    assert world.effects == ["effect https://api.weather.com/now"]
    assert world.decisions == [("allow", "manifest"), ("deny", "user")]
    assert world.audit.entries[1].detail == "redirect to https://evil.example/"


async def test_redirects_come_to_an_end(world: World) -> None:
    world.results = [PAGE] * 50
    with pytest.raises(HostError, match="more than 10 redirects"):
        await world.perform(PAGE)
    assert len(world.effects) == 11


# ── commands ───────────────────────────────────────────────────────────────────────────────────────


async def test_parts_granted_together_are_each_stored(world: World) -> None:
    def each(question: object) -> ApprovalAnswer:
        offer = next(o for o in question.offers if o.parts and o.lifetime is Lifetime.SESSION)  # type: ignore[attr-defined]
        return ApprovalAnswer(Verdict.ALLOW, offer)

    world.person.replies = [each, DENY]
    await world.perform(RunCommand("git status && git fetch", "/home/p/work"), BASH)
    assert [grant.pattern for grant in world.grants.stored] == ["git status", "git fetch"]
    await world.perform(RunCommand("git fetch; git status", "/home/p/work"), BASH, call_id="c2")
    with pytest.raises(CapabilityDenied):
        await world.perform(RunCommand("git fetch; git status; git push", "/home/p/work"), BASH, call_id="c2")
    assert len(world.person.questions) == 2


async def test_file_reads_the_project_without_asking(world: World) -> None:
    world.mode = Mode.DENY
    await world.perform(ReadFile("/home/p/work/README.md"), FILE)
    assert world.decisions == [("allow", DecidedBy.MANIFEST)]


# ── hooks ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("reads_too", "asked"), [(True, 1), (False, 0)])
async def test_a_hook_that_asks_about_a_call_that_changes_something_leaves_its_reads_alone(
    world: World, reads_too: bool, asked: int
) -> None:
    world.mode = Mode.ALLOW_ALL
    context = replace(world.context("c1", "s1", "t1"), hook_asks=HookAsks("on a Friday", reads_too))
    world.person.replies.extend([allow()] * asked)
    await world.gate.perform(ReadFile("/home/p/work/a.txt"), FILE, context)
    assert len(world.person.questions) == asked
