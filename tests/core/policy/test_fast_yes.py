"""Yes after yes, faster than anyone reads."""

import pytest

from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, FileTarget, Kind, Mode, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.fast_yes import FAST_SECS, FAST_TIMES, FastYes
from blufio_tui.core.shell.command_line import exec_target

PLACES = Places("/home/p", "/home/p/work")
YES = ApprovalAnswer(Verdict.ALLOW)


def edit(name: str) -> ApprovalQuestion:
    path = f"/home/p/work/{name}"
    return question(CapabilityRequest(Actor(ActorKind.TOOL, "file"), FileTarget(Kind.FS_WRITE, path, path, "write")))


def question(request: CapabilityRequest) -> ApprovalQuestion:
    needed = decide(request, PolicyView(Mode.ASK, PLACES, 0.0))
    assert isinstance(needed, NeedsApproval)
    return ApprovalQuestion("q", "c", request, needed.why, "", "", needed.offers, 0)


def test_after_too_many_fast_answers_the_best_rule_is_named_once() -> None:
    fast = FastYes()
    said = [fast.answered("s", edit(f"src/{n}.py"), YES, 0.5, PLACES) for n in range(FAST_TIMES + 3)]
    assert said[: FAST_TIMES - 1] == [""] * (FAST_TIMES - 1) and said[FAST_TIMES:] == ["", "", ""]
    sentence = said[FAST_TIMES - 1]
    assert f"would have answered {FAST_TIMES} of them" in sentence
    assert "except files that other programs act on" in sentence, "what else it would let through is said"
    assert fast.answered("other", edit("a.py"), YES, 0.5, PLACES) == ""


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (YES, FAST_SECS),
        (None, 0.5),
        (ApprovalAnswer(Verdict.DENY), 0.5),
        (ApprovalAnswer(Verdict.ALLOW, edit("a").offers[1]), 0.5),
    ],
)
def test_answers_that_were_read_denied_or_lasting_do_not_count(answer: ApprovalAnswer | None, seconds: float) -> None:
    assert edit("a").offers[1].lifetime is Lifetime.SESSION
    fast = FastYes()
    assert not any(fast.answered("s", edit(f"{n}.py"), answer, seconds, PLACES) for n in range(20))


def test_where_no_one_rule_would_have_helped_nothing_is_said() -> None:
    fast, bash = FastYes(), Actor(ActorKind.TOOL, "bash")
    for number in range(10):
        asked = question(CapabilityRequest(bash, exec_target(f"prog{number} --do it", "/p")))
        assert fast.answered("s", asked, YES, 0.1, PLACES) == ""
