"""Twenty everyday sessions: how often a person is asked, and that no answer covers its neighbour."""

import statistics
from pathlib import Path

import pytest

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    Decision,
    FileTarget,
    Kind,
    Mode,
    NetTarget,
    Target,
    Verdict,
)
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalAnswer, Lifetime, Scope
from blufio_tui.core.policy.approval_offers import grants_of
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.shell.command_line import exec_target
from tests.core.policy.sessions_told import SESSIONS, Session

PLACES = Places("/home/p", "/home/p/work")
PAGE = Path(__file__).parents[3] / "docs" / "questions.md"
NEIGHBOURS = (
    "write .git/hooks/pre-commit",
    "write .envrc",
    "write .env",
    "write conftest.py",
    "write .github/workflows/ci.yml",
    "write ../other/a.py",
    "read .env",
    "read ../.ssh/id_ed25519",
    "read ../private.txt",
    "bash pytest /tmp/evil",
    "bash pytest -p evil",
    "bash pytest; curl https://evil.example.net",
    "bash cargo run",
    "bash go run x.go",
    "bash git push",
    "bash rm -rf src",
    "http https://evil.example.net/",
    "post https://docs.example.org/a",
)


def step_request(step: str) -> CapabilityRequest:
    tool, _, about = step.partition(" ")
    target: Target
    match tool:
        case "bash":
            target = exec_target(about, PLACES.project)
        case "http" | "post":
            host = about.split("/")[2]
            target = NetTarget("POST" if tool == "post" else "GET", "https", host, 443, about)
            tool = "http"
        case _:
            path = f"/home/p/{about[3:]}" if about.startswith("../") else f"{PLACES.project}/{about}"
            kind = Kind.FS_READ if tool == "read" else Kind.FS_WRITE
            target, tool = FileTarget(kind, path, path, tool), "file"
    return CapabilityRequest(Actor(ActorKind.TOOL, tool), target)


def ask(request: CapabilityRequest, grants: tuple[Grant, ...]) -> Decision | NeedsApproval:
    return decide(request, PolicyView(Mode.ASK, PLACES, now=1.0, session_id="s", grants=grants))


def play(session: Session, *, wider: bool) -> tuple[int, tuple[Grant, ...]]:
    """How many questions there were, and what was stored by the answers."""
    grants: tuple[Grant, ...] = ()
    asked, once = 0, set()
    for number, step in enumerate(session.steps):
        request = step_request(step)
        needed = ask(request, grants)
        if isinstance(needed, Decision):
            assert needed.allowed, step
            continue
        asked += 1
        letter = session.answers.get(number, "") if wider else "s"
        offer = next((one for one in needed.offers if one.letter == letter), None)
        if letter and wider:
            assert offer is not None, f"{session.name}: no answer {letter} to {step}"
        if offer is not None and (wider or offer.scope is Scope.EXACT):
            answer = ApprovalAnswer(Verdict.ALLOW, offer)
            grants += grants_of(answer, request, session_id="s", now=1.0, new_id=lambda: f"g{len(once)}")
            once.add(number)
    return asked, grants


@pytest.mark.parametrize("session", SESSIONS, ids=[session.name for session in SESSIONS])
def test_no_answer_of_a_session_covers_what_nobody_meant(session: Session) -> None:
    _, grants = play(session, wider=True)
    assert all(grant.lifetime is Lifetime.SESSION for grant in grants)
    for neighbour in NEIGHBOURS:
        decision = ask(step_request(neighbour), grants)
        assert not (isinstance(decision, Decision) and decision.allowed), neighbour


def table() -> str:
    rows = [
        "| session | steps | answered exactly | answered as meant |",
        "|---|---:|---:|---:|",
    ]
    before, after = [], []
    for session in SESSIONS:
        exact, _ = play(session, wider=False)
        meant, _ = play(session, wider=True)
        before.append(exact)
        after.append(meant)
        rows.append(f"| {session.name} | {len(session.steps)} | {exact} | {meant} |")
    rows.append(f"| **median** | | **{statistics.median(before):g}** | **{statistics.median(after):g}** |")
    return "\n".join(rows)


def test_wider_answers_never_ask_more_and_the_page_says_how_much_less() -> None:
    for session in SESSIONS:
        assert play(session, wider=True)[0] <= play(session, wider=False)[0]
    assert table() in PAGE.read_text(encoding="utf-8"), (
        f"docs/questions.md is out of date; its table is now:\n{table()}"
    )
