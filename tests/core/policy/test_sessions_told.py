"""Twenty everyday sessions: how often a person is asked, and that no answer covers its neighbour."""

import statistics
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from posixpath import normpath

import pytest

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    Decision,
    ExecTarget,
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
from blufio_tui.core.shell.reading import what_is_read
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
    "bash cat .env",
    "bash cat ../private.txt",
    "bash grep -r key ../.ssh",
    "bash find . -delete",
    "bash git -c core.pager=evil log",
    "http https://evil.example.net/",
    "post https://docs.example.org/a",
)


class Knows(StrEnum):
    """What the program knows of a command before it asks."""

    NOTHING = "nothing"
    READING = "whether it only reads"
    CAGE = "also that it runs in the cage"


def step_request(step: str, knows: Knows = Knows.NOTHING) -> CapabilityRequest:
    tool, _, about = step.partition(" ")
    target: Target
    match tool:
        case "bash":
            target = _command(about, knows)
        case "http" | "post":
            host = about.split("/")[2]
            target = NetTarget("POST" if tool == "post" else "GET", "https", host, 443, about)
            tool = "http"
        case _:
            path = f"/home/p/{about[3:]}" if about.startswith("../") else f"{PLACES.project}/{about}"
            kind = Kind.FS_READ if tool == "read" else Kind.FS_WRITE
            target, tool = FileTarget(kind, path, path, tool), "file"
    return CapabilityRequest(Actor(ActorKind.TOOL, tool), target)


def _command(line: str, knows: Knows) -> ExecTarget:
    target = exec_target(line, PLACES.project)
    if knows is not Knows.NOTHING and (read := what_is_read(target)):
        paths = map(normpath, (*read.git_folders, *read.files, *read.trees))
        target = replace(target, reads=tuple(dict.fromkeys(paths)))
    return replace(target, caged=knows is Knows.CAGE)


def ask(request: CapabilityRequest, grants: tuple[Grant, ...]) -> Decision | NeedsApproval:
    return decide(request, PolicyView(Mode.ASK, PLACES, now=1.0, session_id="s", grants=grants))


def play(session: Session, *, wider: bool, knows: Knows = Knows.NOTHING) -> tuple[int, tuple[Grant, ...]]:
    """How many questions there were, and what was stored by the answers."""
    grants: tuple[Grant, ...] = ()
    asked, once = 0, set()
    for number, step in enumerate(session.steps):
        request = step_request(step, knows)
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


@pytest.mark.parametrize("knows", Knows)
@pytest.mark.parametrize("session", SESSIONS, ids=[session.name for session in SESSIONS])
def test_no_answer_of_a_session_covers_what_nobody_meant(session: Session, knows: Knows) -> None:
    _, grants = play(session, wider=True, knows=knows)
    assert all(grant.lifetime is Lifetime.SESSION for grant in grants)
    for neighbour in NEIGHBOURS:
        if knows is Knows.CAGE and neighbour.startswith("bash "):
            continue  # runs, and what it reaches beyond the cage is asked about: tests/hostile/cage
        decision = ask(step_request(neighbour, knows), grants)
        assert not (isinstance(decision, Decision) and decision.allowed), neighbour


def table() -> str:
    rows = [
        "| session | steps | answered exactly | answered as meant | reading commands known | in the cage |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    counted = [counts(session) for session in SESSIONS]
    for session, questions in zip(SESSIONS, counted, strict=True):
        rows.append(f"| {session.name} | {len(session.steps)} | {' | '.join(map(str, questions))} |")
    medians = [f"**{statistics.median(column):g}**" for column in zip(*counted, strict=True)]
    rows.append(f"| **median** | | {' | '.join(medians)} |")
    return "\n".join(rows)


def counts(session: Session) -> list[int]:
    """Questions of a session: each column of the table."""
    return [play(session, wider=False)[0], *(play(session, wider=True, knows=knows)[0] for knows in Knows)]


def test_the_median_session_has_one_question_at_most_and_knowing_more_never_asks_more() -> None:
    counted = [counts(session) for session in SESSIONS]
    assert all(questions == sorted(questions, reverse=True) for questions in counted)
    assert statistics.median(questions[-1] for questions in counted) <= 1


def test_wider_answers_never_ask_more_and_the_page_says_how_much_less() -> None:
    for session in SESSIONS:
        assert play(session, wider=True)[0] <= play(session, wider=False)[0]
    assert table() in PAGE.read_text(encoding="utf-8"), (
        f"docs/questions.md is out of date; its table is now:\n{table()}"
    )
