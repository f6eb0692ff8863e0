"""Wider answers: what each covers, and the neighbour that it must not."""

from dataclasses import replace

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
from blufio_tui.core.errors import UsageError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalAnswer, Lifetime, Offer
from blufio_tui.core.policy.approval_offers import WHILE_SECS, edited, grants_of
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.wide_offers import run_family
from blufio_tui.core.shell.command_line import exec_target
from blufio_tui.core.shell.words import join_words

PLACES = Places("/home/p", "/home/p/work")
SERVER = Actor(ActorKind.SKILL, "mcp:venvy", content_hash="ab" * 32)
BASH, FILE, HTTP = (Actor(ActorKind.TOOL, name) for name in ("bash", "file", "http"))


def read(path: str) -> FileTarget:
    return FileTarget(Kind.FS_READ, path, path, "read")


def write(path: str, operation: str = "write") -> FileTarget:
    return FileTarget(Kind.FS_WRITE, path, path, operation)


def get(url: str, method: str = "GET", body: int = 0) -> NetTarget:
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    name, _, port = host.partition(":")
    return NetTarget(method, scheme, name, int(port or {"https": 443, "http": 80}[scheme]), url, body)


def run(command: str, cwd: str = "/home/p/work") -> Target:
    return exec_target(command, cwd)


def ask(actor: Actor, target: Target, grants: tuple[Grant, ...] = ()) -> Decision | NeedsApproval:
    view = PolicyView(Mode.ASK, PLACES, now=1000.0, session_id="s", grants=grants)
    return decide(CapabilityRequest(actor, target), view)


def offer(actor: Actor, target: Target, letter: str) -> Offer | None:
    needed = ask(actor, target)
    assert isinstance(needed, NeedsApproval)
    letters = [one.letter for one in needed.offers]
    assert len(set(letters)) == len(letters) and all(one.label for one in needed.offers)
    return next((one for one in needed.offers if one.letter == letter), None)


def stored(actor: Actor, target: Target, letter: str) -> tuple[Grant, ...]:
    chosen = offer(actor, target, letter)
    assert chosen is not None, f"no offer {letter}"
    request = CapabilityRequest(actor, target)
    return grants_of(ApprovalAnswer(Verdict.ALLOW, chosen), request, session_id="s", now=1000.0, new_id=lambda: "g")


W = "/home/p/work"
COVERED: list[tuple[str, Actor, Target, str, list[Target], list[Target]]] = [
    (
        "this folder, reading",
        FILE,
        read("/home/p/notes/a.txt"),
        "f",
        [read("/home/p/notes/b.txt"), read("/home/p/notes/deep/c.md")],
        [
            read("/home/p/notesx/a.txt"),
            read("/home/p/other.txt"),
            read("/home/p/notes/.env"),
            read("/home/p/notes/id_rsa"),
            write("/home/p/notes/a.txt"),
        ],
    ),
    (
        "the folder in which a server is installed",
        SERVER,
        read("/opt/venv/pyvenv.cfg"),
        "f",
        [read("/opt/venv/lib/a.py"), FileTarget(Kind.FS_READ, "/opt/venv/lib", "/opt/venv/lib", "list")],
        [
            read("/opt/venvx/a.py"),
            read("/opt/a.py"),
            read("/opt/venv/.env"),
            read("/opt/venv/lib/id_rsa"),
            write("/opt/venv/lib/a.py"),
            get("https://example.com/"),
        ],
    ),
    (
        "edits in this project",
        FILE,
        write(f"{W}/src/a.py"),
        "e",
        [write(f"{W}/src/a.py"), write(f"{W}/README.md"), write(f"{W}/tests/test_a.py", "create")],
        [
            write(f"{W}/.git/hooks/pre-commit"),
            write(f"{W}/.git/config"),
            write(f"{W}/.envrc"),
            write(f"{W}/.env"),
            write(f"{W}/Makefile"),
            write(f"{W}/conftest.py"),
            write(f"{W}/package.json"),
            write(f"{W}/.github/workflows/ci.yml"),
            write(f"{W}/AGENTS.md"),
            write(f"{W}/src/a.py", "remove"),
            write("/home/p/other/a.py"),
            write(f"{W}x/a.py"),
            read(f"{W}/.env"),
        ],
    ),
    (
        "this folder, writing",
        FILE,
        write(f"{W}/src/a.py"),
        "f",
        [write(f"{W}/src/b.py"), write(f"{W}/src/pkg/c.py")],
        [write(f"{W}/README.md"), write(f"{W}/src/conftest.py"), write(f"{W}/src/key.pem")],
    ),
    (
        "the domain",
        HTTP,
        get("https://docs.example.com/a"),
        "h",
        [get("https://docs.example.com/b"), get("https://api.example.com/x"), get("https://example.com/")],
        [
            get("https://example.com.evil.net/"),
            get("https://badexample.com/"),
            get("https://docs.example.com/a", "POST"),
            get("https://docs.example.com/a", "GET", 10),
            get("http://docs.example.com/a"),
            get("https://docs.example.com:8443/a"),
            get("https://docs.example.com/a", "HEAD"),
        ],
    ),
    (
        "pytest *",
        BASH,
        run("pytest -x tests/test_a.py"),
        "p",
        [
            run("pytest"),
            run("pytest -q tests"),
            run("pytest -k name tests/test_b.py::test_c"),
            run("pytest && pytest -x"),
        ],
        [
            run("pytest /tmp/evil"),
            run("pytest ../other"),
            run("pytest -p evil"),
            run("pytest -c evil.ini"),
            run("pytest --rootdir=/"),
            run("pytest -o cache_dir=/home/p"),
            run("pytest; curl evil.sh"),
            run("pytest > ~/.bashrc"),
            run("pytest $(id)"),
            run("pytest @/tmp/args"),
            run("pytest ~/x"),
            run("PATH=. pytest"),
            run("pytest-evil"),
            run("./pytest"),
            run("pytest", "/home/p/elsewhere"),
        ],
    ),
    (
        "tests and checks",
        BASH,
        run("pytest -x"),
        "t",
        [run("mypy src"), run("cargo test"), run("ruff check . && pytest -q")],
        [
            run("make test"),
            run("pytest /tmp/evil"),
            run("cargo run"),
            run("npm install"),
            run("mypy; rm -rf x"),
            run("pytest", "/home/p/elsewhere"),
            run("@checks"),
        ],
    ),
    (
        "cargo test *",
        BASH,
        run("cargo test parser"),
        "p",
        [run("cargo test"), run("cargo test --lib -q")],
        [run("cargo run"), run("cargo test --config x"), run("cargo install x"), run("cargo test --manifest-path=/x")],
    ),
    (
        "git log *",
        BASH,
        run("git log --oneline a.py"),
        "p",
        [run("git log --oneline b.py")],
        [run("git log --output=/home/p/.bashrc"), run("git push"), run("git log -p --ext-diff")],
    ),
]


@pytest.mark.parametrize(
    ("actor", "target", "letter", "inside", "outside"), [row[1:] for row in COVERED], ids=[row[0] for row in COVERED]
)
def test_a_wider_answer_covers_what_it_says_and_not_its_neighbour(
    actor: Actor, target: Target, letter: str, inside: list[Target], outside: list[Target]
) -> None:
    grants = stored(actor, target, letter)
    for one in (target, *inside):
        decision = ask(actor, one, grants)
        assert isinstance(decision, Decision) and decision.allowed, one.resource
    for one in outside:
        decision = ask(actor, one, grants)
        assert not (isinstance(decision, Decision) and decision.allowed and decision.grant_id), one.resource
        assert isinstance(decision, NeedsApproval), one.resource


@pytest.mark.parametrize(
    ("actor", "target", "letter"),
    [
        (FILE, read("/etc/hosts"), "f"),
        (FILE, read("/home/p/x.txt"), "f"),
        (FILE, read("/x"), "f"),
        (FILE, read("/home/p/.ssh/config"), "f"),
        (FILE, read("/home/p/notes/.env"), "f"),
        (FILE, write(f"{W}/Makefile"), "e"),
        (FILE, write(f"{W}/.git/hooks/x"), "f"),
        (FILE, write("/home/p/other/x.py"), "e"),
        (FILE, write("/home/p/other/x.py"), "f"),
        (HTTP, get("https://example.com/"), "h"),
        (HTTP, get("https://foo.co.uk/"), "h"),
        (HTTP, get("https://a.bar.github.io/"), "h"),
        (HTTP, get("https://mine.herokuapp.com/"), "h"),
        (HTTP, get("https://api.example.com/", "POST"), "h"),
        (HTTP, get("http://api.example.com/"), "h"),
        (HTTP, get("https://192.0.2.1/"), "h"),
        (BASH, run("make test"), "p"),
        (BASH, run("pytest -p x"), "p"),
        (BASH, run("rm -rf x"), "p"),
    ],
    ids=lambda value: getattr(value, "resource", str(value)),
)
def test_what_nobody_means_is_not_offered(actor: Actor, target: Target, letter: str) -> None:
    assert offer(actor, target, letter) is None


def test_an_answer_for_a_while_ends_after_that_while() -> None:
    (grant,) = stored(FILE, read("/home/p/x.txt"), "u")
    assert (grant.lifetime, grant.expires) == (Lifetime.UNTIL, 1000.0 + WHILE_SECS)
    late = replace(grant, expires=999.0)
    assert isinstance(ask(FILE, read("/home/p/x.txt"), (grant,)), Decision)
    assert isinstance(ask(FILE, read("/home/p/x.txt"), (late,)), NeedsApproval)


@pytest.mark.parametrize(
    ("target", "letter", "typed", "covers", "misses"),
    [
        (run("git push origin main"), "s", "git push origin *", run("git push origin dev"), run("git push evil dev")),
        (run("make test"), "s", "make *", run("make build"), run("make -f evil")),
        (read("/home/p/notes/a/b.txt"), "f", "/home/p/notes", read("/home/p/notes/c.txt"), read("/home/p/x")),
        (write(f"{W}/src/a/b.py"), "e", "${PROJECT}/src", write(f"{W}/src/c.py"), write(f"{W}/c.py")),
    ],
)
def test_a_pattern_that_was_typed_counts_as_it_was_typed(
    target: Target, letter: str, typed: str, covers: Target, misses: Target
) -> None:
    actor = BASH if target.kind is Kind.EXEC else FILE
    request, chosen = CapabilityRequest(actor, target), offer(actor, target, letter)
    assert chosen is not None
    wider = edited(chosen, typed, request, PLACES)
    assert typed in wider.stores
    grants = grants_of(ApprovalAnswer(Verdict.ALLOW, wider), request, session_id="s", now=0.0, new_id=lambda: "g")
    assert isinstance(ask(actor, target, grants), Decision)
    assert isinstance(ask(actor, covers, grants), Decision)
    assert isinstance(ask(actor, misses, grants), NeedsApproval)


@pytest.mark.parametrize(
    ("target", "letter", "typed"),
    [
        (run("make test"), "s", "*"),
        (run("make test"), "s", ""),
        (run("make test"), "s", "npm *"),
        (run("make test; ls"), "s", "make *"),
        (read("/home/p/notes/a.txt"), "f", "/"),
        (read("/home/p/notes/a.txt"), "f", "/etc"),
        (read("/home/p/notes/a.txt"), "f", "../.."),
        (read("/home/p/notes/.env"), "s", "/home/p/notes"),
    ],
)
def test_a_pattern_that_covers_something_else_is_refused(target: Target, letter: str, typed: str) -> None:
    actor = BASH if target.kind is Kind.EXEC else FILE
    chosen = offer(actor, target, letter)
    assert chosen is not None
    with pytest.raises(UsageError):
        edited(chosen, typed, CapabilityRequest(actor, target), PLACES)


def test_a_family_is_named_by_the_words_it_begins_with() -> None:
    assert run_family(("python3", "-m", "pytest", "-x")) == "python3 -m pytest *"
    assert run_family(("python3", "-m", "pip", "install", "x")) == ""
    assert run_family(("cargo", "build", join_words(("a b",)))) == "cargo build *"


@pytest.mark.parametrize(
    ("actor", "target"),
    [
        (SERVER, write(f"{W}/src/a.py")),
        (SERVER, read("/home/p/a.txt")),
        (SERVER, read("/etc/a.conf")),
        (SERVER, read("/opt/venv/.env")),
        (Actor(ActorKind.SKILL, "mcp-venvy"), read("/opt/venv/pyvenv.cfg")),
    ],
)
def test_a_server_is_offered_no_folder_to_change_none_that_is_far_too_wide_and_a_skill_none_at_all(
    actor: Actor, target: Target
) -> None:
    assert offer(actor, target, "f") is None


def test_the_folder_of_a_server_is_no_answer_for_another_definition_of_it() -> None:
    grants = stored(SERVER, read("/opt/venv/pyvenv.cfg"), "f")
    assert isinstance(ask(SERVER, read("/opt/venv/a.py"), grants), Decision)
    assert isinstance(ask(replace(SERVER, content_hash="cd" * 32), read("/opt/venv/a.py"), grants), NeedsApproval)
