"""The skill commands as a person types them; in this process, except where a terminal or the whole matters."""

import io
import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blufio_tui import cli
from blufio_tui.adapters.skills.bundled import bundled_folder
from blufio_tui.core.text.display import is_hidden
from tests.e2e.command import blufio
from tests.e2e.conftest import World
from tests.fakes.skill_folders import make_instructions, make_skill

NET = '[capabilities.network]\ndomains = ["example.com"]\n'


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    compiled_in_this_process: None,
) -> Run:
    """Exit code, standard output and standard error of `blufio-tui skill …`, without a terminal."""
    monkeypatch.chdir(world.project)
    monkeypatch.setenv("BLUFIO_HOME", str(world.home))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = cli.run(["skill", *arguments])
        except SystemExit as exit_:
            code = int(str(exit_.code))
        out, err = capsys.readouterr()
        return code, out, err

    return command


def run_json(run: Run, *arguments: str) -> Any:
    """The object that a command prints."""
    return json.loads(run(*arguments, "--json")[1])


def test_three_commands_lead_from_nothing_to_a_python_skill_that_can_be_called(world: World, run: Run) -> None:
    code, out, _ = run("init", "my-greeter")
    assert code == 0
    assert "blufio-tui skill test my-greeter" in out
    code, out, _ = run("test", "my-greeter")
    assert (code, out.splitlines()[-1]) == (0, "1 passed")
    code, out, err = run("install", "my-greeter", "--yes")
    assert code == 0
    assert "the model can call it as my_greeter" in out
    assert "without access to files, network or environment" in err
    done = blufio("ask", "greet Grace", "--offline", env=world.env, cwd=world.project)
    assert "Hello, Grace!" in done.stdout


def test_the_list_has_the_fields_of_the_contract(world: World, run: Run) -> None:
    listed = run_json(run, "list")
    stats = next(skill for skill in listed if skill["name"] == "text-stats")
    assert {"name", "version", "description", "kind", "status", "enabled", "capabilities"} <= stats.keys()
    assert (stats["kind"], stats["status"], stats["enabled"]) == ("wasm", "bundled", True)
    assert stats["capabilities"] == {"filesystem": {"read": ["${PROJECT}"], "write": []}}
    code, out, _ = run("list")
    assert code == 0
    assert any(line.startswith("text-stats ") for line in out.splitlines())


def test_installing_without_a_yes_and_without_a_terminal_installs_nothing(world: World, run: Run) -> None:
    folder = make_skill(world.project, more=NET)
    code, _, err = run("install", str(folder))
    assert code == 1
    assert "send any request to example.com and its subdomains" in err
    assert "pass --yes" in err
    assert "greeter" not in run("list")[1]


@pytest.mark.parametrize(("answer", "installed"), [("y\n", True), ("YES", True), ("n\n", False), ("\n", False)])
def test_the_answer_may_come_from_a_pipe(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch, answer: str, installed: bool
) -> None:
    folder = make_skill(world.project, more=NET)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    code, _, err = run("install", str(folder))
    assert (code, "Install it? [y/N]" in err) == (0 if installed else 1, True)
    assert ("greeter" in run("list")[1]) is installed


def test_showing_a_skill_tells_what_it_declares_and_what_it_used(world: World, run: Run) -> None:
    assert run("run", "text-stats", "--input", '{"path": "README.md"}')[0] == 0
    assert run("run", "text-stats", "--input", json.dumps({"path": str(world.outside)}))[0] == 1
    use = run_json(run, "show", "text-stats")["use"]
    assert use["used"] == [{"kind": "fs.read", "pattern": "${PROJECT}", "times": 1}]
    assert (use["unused"], use["decisions"]) == ([], 2)
    (asked,) = use["undeclared"]
    assert (asked["resource"], asked["allowed"], asked["times"]) == (str(world.outside), False, 1)
    assert use["smallest_manifest"] == '[capabilities.filesystem]\nread = ["${PROJECT}/README.md"]\n'
    out = run("show", "text-stats")[1]
    assert "used 1×: fs.read ${PROJECT}" in out
    assert '  read = ["${PROJECT}/README.md"]' in out


def test_a_disabled_skill_does_not_run_by_name_and_a_folder_does(world: World, run: Run) -> None:
    folder = Path(run_json(run, "show", "text-stats")["folder"])
    run("disable", "text-stats")
    code, out, err = run("run", "text-stats", "--input", '{"text": "a"}')
    assert (code, out) == (1, "")
    assert "blufio-tui skill enable text-stats" in err
    assert run("run", str(folder), "--input", '{"text": "a"}')[0] == 0


def test_a_person_is_asked_and_may_say_no(world: World, run: Run) -> None:
    make_skill(world.project, more=NET)
    with world.terminal("skill", "install", "greeter") as terminal:
        terminal.wait_for("Install it? [y/N]")
        terminal.press("n\r")
        terminal.wait_for("greeter was not installed")
    assert "greeter" not in run("list")[1]


def test_a_swapped_module_does_not_run_and_every_command_says_so(world: World, run: Run) -> None:
    run("init", "my-greeter")
    run("install", "my-greeter", "--yes")
    script = world.home / "skills" / "my-greeter" / "skill.py"
    script.write_text(script.read_text() + "\nblufio.output('evil')\n")
    report = run_json(run, "run", "my-greeter", "--input", '{"who": "a"}')
    assert report["error"]["kind"] == "integrity"
    listed = run_json(run, "list")
    assert next(skill["status"] for skill in listed if skill["name"] == "my-greeter") == "tampered"
    code, out, _ = run("verify", "my-greeter")
    assert (code, out.strip()) == (1, "✗ my-greeter: changed: skill.py")
    assert run("install", "my-greeter", "--yes")[0] == 0
    assert run("verify", "my-greeter")[0] == 0


def test_a_skill_is_updated_disabled_enabled_and_removed(world: World, run: Run) -> None:
    folder = make_skill(world.project)
    assert run("install", str(folder), "--yes")[0] == 0
    make_skill(world.project, version="1.1.0", more=NET)
    code, _, err = run("update", "greeter", "--yes")
    assert code == 0
    assert "It will newly be allowed to\n  - send any request to example.com" in err
    assert run("disable", "greeter")[0] == 0
    shown = run_json(run, "show", "greeter")
    assert (shown["version"], shown["enabled"]) == ("1.1.0", False)
    assert run("enable", "greeter")[0] == 0
    assert run("remove", "greeter")[0] == 0
    assert run("show", "greeter")[0] == 1
    done = blufio("audit", "list", "--json", env=world.env, cwd=world.project)
    rows = json.loads(done.stdout)
    assert [row["kind"] for row in rows] == ["install", "update", "remove"]


def test_a_signed_skill_is_verified_and_one_turned_unsigned_is_refused(world: World, run: Run) -> None:
    folder = make_skill(world.project)
    assert run("keygen")[0] == 0
    key = next((world.home / "keys").glob("*.pem"))
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert run("sign", str(folder))[0] == 0
    installed = run_json(run, "install", str(folder), "--yes")
    assert (installed["status"], installed["result"]) == ("verified", "installed")
    (folder / "skill.sig").unlink()
    code, _, err = run("install", str(folder), "--yes")
    assert code == 1
    assert "this version is not signed" in err


def test_an_archive_that_leaves_its_folder_changes_nothing(world: World, run: Run) -> None:
    folder = make_skill(world.project)
    archive = world.project / "evil.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, "greeter")
        tar.add(folder / "skill.toml", "../../../evil.toml")
    code, _, err = run("install", str(archive), "--yes")
    assert code == 1
    assert "which must be a plain relative path" in err
    assert list((world.home / "skills").iterdir()) == []


def test_an_agent_skill_is_installed_listed_and_cannot_be_run(world: World, run: Run) -> None:
    folder = make_instructions(world.project, "pdf-forms", fields="allowed-tools: Read\n")
    assert run("install", str(folder), "--yes")[0] == 0
    listed = run_json(run, "list")
    entry = next(skill for skill in listed if skill["name"] == "pdf-forms")
    assert (entry["kind"], entry["capabilities"]) == ("instructions", {})
    code, _, err = run("run", "pdf-forms")
    assert code == 1
    assert "it has no code to run" in err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "text-stats", "--input", "{"), 2),
        (("run", "text-stats", "--input", "[]"), 2),
        (("run", "text-stats", "--input", '{"text": NaN}'), 2),
        (("run", "./missing"), 1),
        (("run", "missing"), 1),
        (("install", "missing"), 1),
        (("test", "missing"), 1),
        (("build",), 2),
        (("remove", "text-stats"), 1),
        (("update", "missing"), 1),
        (("sign", "."), 1),
        (("init", "bad name"), 1),
        ((), 2),
    ],
)
def test_wrong_usage_and_failure_have_their_exit_codes(
    world: World, run: Run, arguments: tuple[str, ...], code: int
) -> None:
    done, out, err = run(*arguments)
    assert done == code, err
    assert out == ""
    assert "Traceback" not in err


def test_a_test_run_reports_each_example_and_fails_as_a_whole(world: World, run: Run) -> None:
    run("init", "my-greeter")
    manifest = world.project / "my-greeter" / "skill.toml"
    manifest.write_text(manifest.read_text().replace('"Hello, Ada!"', '"Goodbye!"'))
    code, out, err = run("test", "my-greeter")
    assert code == 1, err
    assert "✗ greet {who}" in out
    assert "expected 'Goodbye!'" in out
    code, out, _ = run("test", "my-greeter", "--json")
    assert json.loads(out)["examples"][0]["result"] == "failed"


def test_instructions_full_of_control_characters_cannot_repaint_the_terminal(world: World, run: Run) -> None:
    folder = make_instructions(world.project, "guide", body="\x1b[2J\u202e evil \x07\n")
    assert run("install", str(folder), "--yes")[0] == 0
    for arguments in (("list",), ("show", "guide")):
        assert "\x1b" not in run(*arguments)[1]


def test_the_source_of_every_bundled_skill_lies_beside_it() -> None:
    for folder in bundled_folder().iterdir():
        if (folder / "skill.wasm").is_file():
            assert [path for path in Path(folder, "src").iterdir() if path.suffix in (".c", ".zig")]


def test_no_file_that_was_added_to_a_skill_commands_the_terminal(world: World, run: Run) -> None:
    folder = make_instructions(world.project, "pdf-forms")
    assert run("install", str(folder), "--yes")[0] == 0
    installed = Path(run_json(run, "show", "pdf-forms")["folder"])
    (installed / "\x1b]0;owned\x07\u202e\x9b2J.md").write_text("x")
    for action in ("show", "verify", "list"):
        _, out, err = run(action, *(["pdf-forms"] if action != "list" else []))
        assert not [char for char in out + err if char != "\n" and is_hidden(char)]
    assert "\\e]0;owned" in run("verify", "pdf-forms")[1]
