"""The edges of the process: odd homes, unreadable files, two programs at once, interruption, locales, optimisation."""

import json
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.command import Program, blufio, blufio_json
from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.e2e.skills import module, write_skill
from tests.e2e.terminal import blufio_command
from tests.fakes.messages_api import KEY, Reply, serving, text, tool_use

PLACES = {"config": "config.toml", "grants": "grants.toml", "database": "blufio.db", "history": "history"}
DEFAULTS = {
    "approval.timeout_secs": 120,
    "agent.max_tool_iterations": 100,
    "agent.max_skills_in_prompt": 20,
    "network.allow_private": [],
    "budget.session_usd": 0,
    "budget.daily_usd": 0,
    "budget.monthly_usd": 0,
    "model.base_url": "",
}


def reader(world: World) -> Path:
    wat = module("(drop (call $read_file (i32.const 0) (i32.const 9) (i32.const 0) (i32.const 0)))", data="README.md")
    declared = '[capabilities.filesystem]\nread = ["${PROJECT}"]'
    return write_skill(world.project.parent / "probe", wat, capabilities=declared)


def test_the_home_holds_every_file_of_the_contract(inside: Inside) -> None:
    places = inside("config", "path", "--json").json
    home = inside.world.home
    assert {name: places[name] for name in PLACES} == {name: str(home / file) for name, file in PLACES.items()}
    assert (places["themes"], places["skills"]) == (str(home / "themes"), str(home / "skills"))
    assert all(place in inside("config", "path").out for place in places.values())


def test_the_defaults_are_those_of_the_contract(inside: Inside) -> None:
    assert {key: inside("config", "get", key).json for key in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        ("[[[", ("config", "check")),
        ("[[[", ("skill", "list")),
        ("[[[", ("ask", "hello")),
        ("[agent]\nmax_tool_iterations = 'many'\n", ("config", "check")),
        ("[network]\nallow_privat = []\n", ("config", "get", "model.name")),
    ],
)
def test_an_unreadable_configuration_is_exit_code_2_and_named(
    inside: Inside, content: str, arguments: tuple[str, ...]
) -> None:
    inside.world.home.mkdir()
    (inside.world.home / "config.toml").write_text(content)
    done = inside(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "config.toml" in done.err


@pytest.mark.parametrize("arguments", [("skill", "list"), ("audit", "list"), ("session", "list"), ("grants", "list")])
def test_a_home_that_is_a_file_is_a_sentence(inside: Inside, arguments: tuple[str, ...]) -> None:
    inside.world.home.write_text("")
    done = inside(*arguments)
    assert done.code in (1, 2) and str(inside.world.home) in done.err and done.out == ""


def test_a_damaged_database_is_a_sentence_with_a_way_out(inside: Inside) -> None:
    inside.world.home.mkdir()
    (inside.world.home / "blufio.db").write_bytes(b"not a database" * 1000)
    done = inside("skill", "run", str(reader(inside.world)), "--json")
    assert (done.code, done.out) == (1, "") and "damaged" in done.err


def test_a_cut_off_log_is_found_even_when_the_whole_database_is_gone(inside: Inside) -> None:
    inside.call(reader(inside.world))
    assert inside("audit", "verify", "--json").json["ok"] is True
    for file in inside.world.home.glob("blufio.db*"):
        file.unlink()
    done = inside("audit", "verify", "--json")
    assert done.code == 1
    assert (done.json["ok"], done.json["first_bad_seq"]) == (False, 1) and done.json["reason"]


@pytest.mark.parametrize(
    "given", ["[1]", '"x"', "null", "", "{", '{"a": NaN}', '{"a": 1e999}', '{"a": ' + "[" * 50_000 + "]" * 50_000 + "}"]
)
def test_an_input_that_is_no_json_object_is_wrong_usage(inside: Inside, given: str) -> None:
    done = inside("skill", "run", str(reader(inside.world)), "--json", "--input", given)
    assert (done.code, done.out) == (2, "") and "--input" in done.err


def test_many_programs_at_once_on_a_fresh_home_share_one_whole_log(world: World) -> None:
    folder = str(reader(world))

    def one(_: int) -> dict[str, object]:
        result: dict[str, object] = blufio_json("skill", "run", folder, "--json", env=world.env, cwd=world.project)
        return result

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(one, range(3)))
    assert [result["error"] for result in results] == [None] * 3
    verified = blufio_json("audit", "verify", "--json", env=world.env, cwd=world.project)
    assert verified == {"ok": True, "rows": 6}


def test_an_interrupted_call_is_exit_code_130_without_a_traceback(world: World) -> None:
    begun = world.project / "begun"
    body = "(drop (call $write_file (i32.const 0) (i32.const 5) (i32.const 0) (i32.const 5))) (loop (br 0))"
    folder = write_skill(
        world.project.parent / "spin",
        module(body, data="begun"),
        capabilities='[capabilities.filesystem]\nwrite = ["${PROJECT}"]',
        resources="fuel = 4_000_000_000_000_000_000\nepoch_timeout_secs = 60",
    )
    program = Program("skill", "run", str(folder), "--json", env=world.env, cwd=world.project)
    while not begun.exists() and program.process.poll() is None:
        time.sleep(0.01)
    program.process.send_signal(signal.SIGINT)
    done = program.ended()
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_an_odd_environment_changes_nothing(world: World) -> None:
    """A plain C locale, no home folder, no terminal size, and a Python that drops assertions and docstrings."""
    (world.project / "README.md").write_text("é😀\n", encoding="utf-8")
    env = {**world.env, "LC_ALL": "C", "HOME": "", "COLUMNS": "0", "PYTHONOPTIMIZE": "2"}
    command = blufio_command("skill", "run", str(reader(world)), "--json")
    result = json.loads(subprocess.run(command, env=env, cwd=world.project, capture_output=True).stdout)
    assert (result["content"], result["error"]) == ("é😀\n", None)


def test_a_reader_that_goes_away_ends_the_program_quietly(world: World) -> None:
    command = subprocess.list2cmdline(blufio_command("skill", "list", "--json"))
    done = subprocess.run(
        ["bash", "-c", f"{command} | true"], env=world.env, cwd=world.project, capture_output=True, text=True
    )
    assert done.stderr == ""


def test_without_a_terminal_the_app_says_what_to_use_instead(world: World) -> None:
    done = blufio(env=world.env, cwd=world.project)
    assert done.returncode == 2 and "ask" in done.stderr


def test_a_command_with_letters_beyond_ascii_runs_in_a_locale_without_them(world: World) -> None:
    env = {**world.env, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "ANTHROPIC_API_KEY": KEY}
    call = tool_use("t1", "bash", {"command": "echo grün > ü.txt"})
    with serving(Reply(call), Reply(text("ök"))) as api:
        words = blufio_command("ask", "mach ü", "--on-denial", "allow", "--base-url", api.url)
        done = subprocess.run(words, env=env, cwd=world.project, capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode()) == (0, "ök\n")
    assert (world.project / "ü.txt").read_text(encoding="utf-8") == "grün\n"


def test_a_working_folder_that_was_deleted_is_named_and_lists_still_work(world: World) -> None:
    gone = world.project / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    for arguments, code, said in (
        (("doctor",), 1, "there is no project folder here"),
        (("skill", "list"), 0, "text-stats"),
        (("ask", "hi", "--offline"), 2, "there is no project folder here"),
    ):
        gone.mkdir(exist_ok=True)
        command = ["/bin/sh", "-c", script, "sh", str(gone), *blufio_command(*arguments)]
        done = subprocess.run(command, env=world.env, capture_output=True, text=True, timeout=60, cwd=world.project)
        assert done.returncode == code
        assert said in done.stdout + done.stderr
        assert "the output:" not in done.stderr
