"""Who may do what, in the order of the design: never, deny rules, manifest, grants, mode. Through `skill run`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.in_process import Inside
from tests.e2e.skills import module, write_skill

READS = '[capabilities.filesystem]\nread = ["${PROJECT}"]'
ALL_MODES: tuple[tuple[str, ...], ...] = ((), ("--mode", "allow-all"), ("--on-denial", "allow"))


def reader(inside: Inside, path: str = "README.md", capabilities: str = "") -> Path:
    size = len(path.encode())
    wat = module(f"(drop (call $read_file (i32.const 0) (i32.const {size}) (i32.const 0) (i32.const 0)))", data=path)
    return write_skill(inside.world.project.parent / "probe", wat, capabilities=capabilities)


def writer(inside: Inside, path: str, capabilities: str = "") -> Path:
    """Writes `new` to the path."""
    size = len(path.encode())
    call = f"(call $write_file (i32.const 0) (i32.const {size}) (i32.const {size}) (i32.const 3))"
    wat = module(f"(drop {call})", data=f"{path}new")
    return write_skill(inside.world.project.parent / "probe", wat, capabilities=capabilities)


def decided(inside: Inside, folder: Path, *options: str) -> tuple[str, str]:
    (row,) = inside.call(folder, *options)["audit"]
    return row["decision"], row["decided_by"]


@pytest.mark.parametrize(
    ("capabilities", "options", "expected"),
    [
        (READS, (), ("allow", "manifest")),
        ("", (), ("deny", "mode")),
        ("", ("--mode", "ask"), ("deny", "mode")),
        ("", ("--mode", "read-only"), ("deny", "mode")),
        ("", ("--mode", "allow-all"), ("allow", "mode")),
        ("", ("--on-denial", "allow"), ("allow", "user")),
        (READS, ("--unapproved",), ("deny", "mode")),
        (READS, ("--unapproved", "--on-denial", "allow"), ("allow", "user")),
    ],
)
def test_the_manifest_comes_before_the_mode(
    inside: Inside, capabilities: str, options: tuple[str, ...], expected: tuple[str, str]
) -> None:
    assert decided(inside, reader(inside, capabilities=capabilities), *options) == expected


@pytest.mark.parametrize("options", ALL_MODES)
def test_a_deny_rule_comes_before_the_manifest_and_every_mode(inside: Inside, options: tuple[str, ...]) -> None:
    inside.world.home.mkdir()
    rule = '[[policy.rules]]\ndeny = "fs.read"\ntarget = "${PROJECT}/README.md"\n'
    (inside.world.home / "config.toml").write_text(rule)
    assert decided(inside, reader(inside, capabilities=READS), *options) == ("deny", "user-rule")


@pytest.mark.parametrize(
    "name",
    ["blufio.db", "grants.toml", "keys/audit.key", "toolchains.toml", "kept/x/call.json", "effects/x", "screen.json"],
)
def test_the_programs_own_files_are_closed_whatever_is_declared_and_in_every_mode(inside: Inside, name: str) -> None:
    path = str(inside.world.home / name)
    anywhere = '[capabilities.filesystem]\nread = ["/"]\nwrite = ["/"]'
    for folder in (reader(inside, path, anywhere), writer(inside, path, anywhere)):
        assert decided(inside, folder, "--mode", "allow-all") == ("deny", "never-rule")


def test_a_link_is_decided_by_where_it_leads(inside: Inside) -> None:
    (inside.world.project / "link").symlink_to(inside.world.outside)
    (row,) = inside.call(reader(inside, "link", READS))["audit"]
    assert (row["decision"], row["resource"]) == ("deny", str(inside.world.outside))


def grant(inside: Inside, **changes: str) -> None:
    """A grants.toml with one grant: the probe, as it is now, may read README.md for good."""
    inside.call(reader(inside))
    last = inside("audit", "list", "--json").json[-1]
    entry = {"id": "g1", "verdict": "allow", "actor": "probe", "actor_kind": "skill", "kind": "fs.read"}
    entry |= {"scope": "exact", "pattern": last["resource"], "lifetime": "forever", "content_hash": last["actor_hash"]}
    lines = [f"{key} = {json.dumps(value)}" for key, value in (entry | changes).items()]
    path = inside.world.home / "grants.toml"
    path.write_text("\n".join(["# mine", "[[grant]]", *lines, ""]))
    path.chmod(0o600)


def test_a_grant_holds_for_exactly_this_skill_until_it_is_revoked(inside: Inside) -> None:
    grant(inside)
    assert decided(inside, reader(inside)) == ("allow", "grant")
    changed = reader(inside)
    (changed / "skill.wat").write_text((changed / "skill.wat").read_text() + "\n;; not what was granted")
    assert decided(inside, changed) == ("deny", "mode")
    assert inside("grants", "revoke", "g1", "--json").json[0]["id"] == "g1"
    assert decided(inside, reader(inside)) == ("deny", "mode")
    assert "# mine" in (inside.world.home / "grants.toml").read_text()


def test_a_stored_denial_beats_allow_all(inside: Inside) -> None:
    grant(inside, verdict="deny")
    assert decided(inside, reader(inside), "--mode", "allow-all") == ("deny", "user-rule")


@pytest.mark.parametrize(("content", "mode"), [("not [ toml", 0o600), ("", 0o644), ("[[grant]]\nid = 'x'\n", 0o600)])
def test_grants_that_cannot_be_trusted_deny_everything_and_say_so(inside: Inside, content: str, mode: int) -> None:
    inside.world.home.mkdir()
    path = inside.world.home / "grants.toml"
    path.write_text(content)
    path.chmod(mode)
    error = inside.call(reader(inside, capabilities=READS), "--mode", "allow-all")["error"]
    assert error["kind"] == "capability_denied" and "grants.toml" in error["message"]


def test_a_write_is_whole_and_keeps_the_files_mode(inside: Inside) -> None:
    path = inside.world.project / "tool.sh"
    path.write_text("a longer text that is there")
    path.chmod(0o755)
    declared = '[capabilities.filesystem]\nwrite = ["${PROJECT}"]'
    assert decided(inside, writer(inside, "tool.sh", declared)) == ("allow", "manifest")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o755)
    assert sorted(entry.name for entry in inside.world.project.iterdir()) == ["README.md", "tool.sh"]


@pytest.mark.parametrize("mode", ["deny", "read-only", "plan"])
def test_a_chosen_mode_that_keeps_from_changing_outranks_the_manifest(inside: Inside, mode: str) -> None:
    declared = '[capabilities.filesystem]\nwrite = ["${PROJECT}"]'
    assert decided(inside, writer(inside, "tool.sh", declared), "--mode", mode) == ("deny", "mode")
    assert not (inside.world.project / "tool.sh").exists()


def environment(inside: Inside, key: str, room: int) -> dict[str, Any]:
    """Reads a variable; the output is what `get_env` returned, as the letter that far from `C`."""
    call = f"(call $get_env (i32.const 0) (i32.const {len(key)}) (i32.const 1024) (i32.const {room}))"
    wat = module(
        f"(i32.store8 (i32.const 9) (i32.add {call} (i32.const 67))) (call $set_output (i32.const 9) (i32.const 1))",
        data=key,
    )
    return inside.call(
        write_skill(inside.world.project.parent / "probe", wat, capabilities='[capabilities]\nenv = ["SET", "UNSET"]')
    )


def test_get_env_returns_the_length_or_minus_one_or_minus_two(inside: Inside) -> None:
    inside.monkeypatch.setenv("SET", "abc")
    outputs = [environment(inside, key, room)["content"] for key, room in (("SET", 3), ("SET", 2), ("UNSET", 9))]
    assert outputs == [chr(67 + 3), chr(67 - 2), chr(67 - 1)]
    assert environment(inside, "HOME", 9)["error"]["kind"] == "capability_denied"


def test_read_file_copies_only_when_it_fits(inside: Inside) -> None:
    size = len((inside.world.project / "README.md").read_text())

    def copied(room: int) -> str:
        call = f"(call $read_file (i32.const 0) (i32.const 9) (i32.const 1024) (i32.const {room}))"
        body = f"(if (i32.ne {call} (i32.const {size})) (then unreachable))"
        body += "(call $set_output (i32.const 1024) (i32.const 3))"
        folder = inside.world.project.parent / "probe"
        content: str = inside.call(write_skill(folder, module(body, data="README.md"), capabilities=READS))["content"]
        return content

    assert (copied(size), copied(size - 1)) == ("one", "\0\0\0")
