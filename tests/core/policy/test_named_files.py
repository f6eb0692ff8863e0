"""A folder covers documents and sources; credentials and what other programs obey have to be named."""

from dataclasses import replace

import pytest

from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, FileTarget, Kind, Mode, NetTarget, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest, NetworkCapability
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.rules import UserRule

PLACES = Places("/home/p", "/home/p/work")
FILE = Actor(ActorKind.TOOL, "file")


def skill(*, read: tuple[str, ...] = (), write: tuple[str, ...] = ()) -> Actor:
    capabilities = Capabilities(
        filesystem=FilesystemCapability(read=read, write=write), network=NetworkCapability(("e.com",))
    )
    manifest = Manifest("s", "1.0.0", "…", capabilities=capabilities)
    return Actor(ActorKind.SKILL, "s", "1.0.0", "", "aa" * 32, manifest, manifest)


def file(path: str, operation: str, secret_name: str = "") -> FileTarget:
    kind = Kind.FS_READ if operation in ("read", "list", "stat") else Kind.FS_WRITE
    full = path if path.startswith("/") else f"/home/p/work/{path}"
    return FileTarget(kind, full, full, operation, secret_name)


def answer(actor: Actor, target: FileTarget | NetTarget, mode: Mode = Mode.ASK, *rules: UserRule, grants=()) -> str:  # type: ignore[no-untyped-def]
    look = PolicyView(mode, PLACES, 0.0, "s1", rules, grants)
    decision = decide(CapabilityRequest(actor, target), look)
    return "ask" if isinstance(decision, NeedsApproval) else f"{decision.verdict} {decision.decided_by}"


DIFF_TEXT = skill(read=("${PROJECT}",), write=("${PROJECT}",))
BY_MANIFEST = "allow manifest"


@pytest.mark.parametrize(
    ("actor", "target", "expected"),
    [
        (DIFF_TEXT, file("a.py", "read"), BY_MANIFEST),
        (DIFF_TEXT, file(".env", "read"), "ask"),
        (DIFF_TEXT, file("deploy/id_rsa", "read"), "ask"),
        (DIFF_TEXT, file(".ssh", "list"), "ask"),
        (DIFF_TEXT, file(".env", "stat"), BY_MANIFEST),
        (DIFF_TEXT, file("notes.txt", "read", "/home/p/work/.env"), "ask"),
        (DIFF_TEXT, file(".env", "rename"), "ask"),
        (DIFF_TEXT, file(".env", "link"), "ask"),
        (DIFF_TEXT, file(".env", "write"), "ask"),
        (skill(read=("${PROJECT}/.env",)), file(".env", "read"), BY_MANIFEST),
        (skill(read=("${PROJECT}/.env",)), file(".env", "read", "/home/p/.ssh/id_rsa"), "ask"),
        (skill(read=("~/.aws",)), file("/home/p/.aws/credentials", "read"), "ask"),
        (skill(read=("~/.aws/credentials",)), file("/home/p/.aws/credentials", "read"), BY_MANIFEST),
        (skill(read=("/",)), file("/etc/shadow", "read"), "ask"),
        (FILE, file(".env", "read"), "ask"),
        (FILE, file("a.txt", "read", "/home/p/work/.env"), "ask"),
        (DIFF_TEXT, file("a.py", "write"), BY_MANIFEST),
        (DIFF_TEXT, file(".git/hooks/pre-commit", "write"), "ask"),
        (DIFF_TEXT, file(".git/hooks/pre-commit", "read"), BY_MANIFEST),
        (DIFF_TEXT, file("package.json", "write"), "ask"),
        (DIFF_TEXT, file("AGENTS.md", "create"), "ask"),
        (skill(write=("${PROJECT}/package.json",)), file("package.json", "write"), BY_MANIFEST),
        (skill(write=("${PROJECT}/.git/hooks",)), file(".git/hooks/pre-commit", "write"), BY_MANIFEST),
        (skill(write=("${PROJECT}/.git",)), file(".git/hooks/pre-commit", "write"), "ask"),
        (skill(write=("~",)), file("/home/p/.bashrc", "write"), "ask"),
        (skill(write=("/",)), file("/etc/cron.d/x", "write"), "ask"),
    ],
)
def test_a_manifest_covers_such_a_file_only_by_its_name(actor: Actor, target: FileTarget, expected: str) -> None:
    assert answer(actor, target) == expected


@pytest.mark.parametrize(
    ("kind", "pattern", "target", "covered"),
    [
        (Kind.FS_READ, "${PROJECT}", file("a.py", "read"), True),
        (Kind.FS_READ, "${PROJECT}", file(".env", "read"), False),
        (Kind.FS_READ, "*", file(".env", "read"), False),
        (Kind.FS_READ, "${PROJECT}/.env", file(".env", "read"), True),
        (Kind.FS_READ, "~/.aws", file("/home/p/.aws/config", "read"), True),
        (Kind.FS_WRITE, "${PROJECT}", file("a.py", "write"), True),
        (Kind.FS_WRITE, "${PROJECT}", file(".git/hooks/x", "write"), False),
        (Kind.FS_WRITE, "${PROJECT}/.git/hooks", file(".git/hooks/x", "write"), True),
        (Kind.FS_WRITE, "*", file(".git/hooks/x", "write"), False),
        (Kind.FS_WRITE, "${PROJECT}/Makefile", file("Makefile", "write"), True),
    ],
)
def test_a_rule_and_a_grant_cover_such_a_file_only_when_they_name_it(
    kind: Kind, pattern: str, target: FileTarget, covered: bool
) -> None:
    actor = skill()
    rule = UserRule(Verdict.ALLOW, kind, pattern)
    assert answer(actor, target, Mode.ASK, rule) == ("allow user-rule" if covered else "ask")
    if pattern != "*":
        names = (Verdict.ALLOW, actor.kind, actor.name, "", actor.content_hash, kind, Scope.DECLARED, pattern)
        given = Grant("g1", *names, Lifetime.SESSION, "s1")
        assert answer(actor, target, grants=(given,)) == ("allow grant" if covered else "ask")


@pytest.mark.parametrize("pattern", ["${PROJECT}", "*", "~"])
def test_a_denial_needs_no_name(pattern: str) -> None:
    rule = UserRule(Verdict.DENY, Kind.FS_READ, pattern)
    assert answer(FILE, file(".env", "read"), Mode.ALLOW_ALL, rule) == "deny user-rule"


WRITER = skill(read=("${PROJECT}/TODO.md",), write=("${PROJECT}/TODO.md",))


@pytest.mark.parametrize("mode", [Mode.READ_ONLY, Mode.PLAN, Mode.DENY])
def test_a_mode_that_keeps_from_changing_outranks_a_manifest(mode: Mode) -> None:
    assert answer(WRITER, file("TODO.md", "write"), mode) == "deny mode"
    assert answer(WRITER, file("TODO.md", "read"), mode) == BY_MANIFEST
    get = NetTarget("GET", "https", "e.com", 443, "https://e.com/")
    assert answer(WRITER, get, mode) == BY_MANIFEST
    assert answer(WRITER, replace(get, method="POST"), mode) == "deny mode"
    assert answer(WRITER, replace(get, body_bytes=1), mode) == "deny mode"
    allowed = UserRule(Verdict.ALLOW, Kind.FS_WRITE, "${PROJECT}/TODO.md")
    expected = "deny mode" if mode is Mode.PLAN else "allow user-rule"
    assert answer(WRITER, file("TODO.md", "write"), mode, allowed) == expected


@pytest.mark.parametrize(
    ("path", "operation", "expected"),
    [
        *((name, "write", "allow mode") for name in ("src/a.py", "README.md", "docs/x.rst", "a.test.ts", "index.html")),
        ("new/deep/file.py", "create", "allow mode"),
        ("src/a.py", "edit", "allow mode"),
        ("src/a.py", "remove", "ask"),
        ("src/a.py", "rename", "ask"),
        ("/home/p/other/a.py", "write", "ask"),
        ("/home/p/workshop/a.py", "write", "ask"),
        *((name, "write", "ask") for name in (".env", "id_rsa", "pyproject.toml", "pytest.ini", "conftest.py")),
        *((name, "write", "ask") for name in ("package.json", "Makefile", ".git/hooks/x", "AGENTS.md", ".mcp.json")),
        *((name, "write", "ask") for name in ("vite.config.ts", ".eslintrc.js", "jest.config.mjs", ".gitattributes")),
        *((name, "write", "ask") for name in ("Taskfile.yml", "gradlew", "requirements-dev.txt", ".gdbinit")),
        *((name, "write", "ask") for name in ("flake.nix", "skills/x/SKILL.md", "lefthook.yml", "webpack.config.js")),
    ],
)
def test_accept_edits_is_about_ordinary_files_of_the_project(path: str, operation: str, expected: str) -> None:
    assert answer(FILE, file(path, operation), Mode.ACCEPT_EDITS) == expected


def test_accept_edits_is_not_about_skills_nor_about_a_project_that_holds_the_home_folder() -> None:
    assert answer(skill(), file("a.py", "write"), Mode.ACCEPT_EDITS) == "ask"
    look = PolicyView(Mode.ACCEPT_EDITS, Places("/home/p", "/home"), 0.0)
    assert isinstance(decide(CapabilityRequest(FILE, file("/home/p/a.py", "write")), look), NeedsApproval)


def test_where_nobody_can_be_asked_an_approved_manifest_still_holds() -> None:
    look = PolicyView(Mode.DENY, PLACES, 0.0, mode_chosen=False)
    decision = decide(CapabilityRequest(WRITER, file("TODO.md", "write")), look)
    assert not isinstance(decision, NeedsApproval) and decision.verdict is Verdict.ALLOW


def test_a_denial_says_when_a_link_led_out_of_what_is_declared() -> None:
    target = FileTarget(Kind.FS_READ, "/data/notes/a", "~/notes/a", "read")
    needed = decide(CapabilityRequest(skill(read=("~/notes",)), target), PolicyView(Mode.ASK, PLACES, 0.0))
    assert isinstance(needed, NeedsApproval)
    assert "/home/p/notes/a is a link to /data/notes/a" in needed.why
    plain = FileTarget(Kind.FS_READ, "/data/a", "/data/a", "read")
    needed = decide(CapabilityRequest(skill(read=("~/notes",)), plain), PolicyView(Mode.ASK, PLACES, 0.0))
    assert isinstance(needed, NeedsApproval) and "link" not in needed.why
