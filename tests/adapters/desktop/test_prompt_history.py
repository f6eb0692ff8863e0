"""The history of prompts: nothing typed is lost, torn lines harm no one, it stays small."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.desktop.prompt_history import PromptHistory
from blufio_tui.core.errors import StorageError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "history"


def test_prompts_of_several_lines_come_back_whole_and_in_order(path: Path) -> None:
    history = PromptHistory(path)
    for prompt in ("one", "two\nlines \\n", "ünï \ud800"):
        history.add(prompt)
    assert PromptHistory(path).load() == ["one", "two\nlines \\n", "ünï \ud800"]


def test_a_repeated_prompt_is_kept_once_at_its_last_place(path: Path) -> None:
    history = PromptHistory(path)
    for prompt in ("a", "b", "b", "a"):
        history.add(prompt)
    assert history.load() == ["b", "a"]


def test_a_prompt_after_a_space_and_an_empty_one_are_not_remembered(path: Path) -> None:
    history = PromptHistory(path)
    history.add(" secret")
    history.add("\n\t ")
    assert history.load() == []


def test_the_file_is_the_owners_alone(path: Path) -> None:
    PromptHistory(path).add("x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_file_is_shortened_when_it_has_twice_its_bound(path: Path) -> None:
    history = PromptHistory(path, limit=5)
    for number in range(23):
        history.add(str(number))
    assert history.load() == ["18", "19", "20", "21", "22"]
    assert len(path.read_bytes().splitlines()) <= 10


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(0, 40), rubbish=st.binary(max_size=10))
def test_a_torn_end_costs_that_entry_alone(path: Path, cut: int, rubbish: bytes) -> None:
    whole = b"".join(json.dumps(prompt).encode() + b"\n" for prompt in ("first prompt", "second prompt"))
    path.parent.mkdir(exist_ok=True)
    kept = whole[: max(0, len(whole) - cut)]
    path.write_bytes(kept + rubbish.replace(b"\n", b""))
    history = PromptHistory(path)
    history.add("after")
    loaded = history.load()
    assert loaded[-1] == "after"
    if b"first prompt" in kept and b"\n" in kept:
        assert loaded[0] == "first prompt"


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StorageError, match="history"):
        PromptHistory(path).load()
    with pytest.raises(StorageError, match="history"):
        PromptHistory(path).add("x")


def test_two_programs_that_add_at_once_lose_nothing(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from blufio_tui.adapters.desktop.prompt_history import PromptHistory\n"
        "h = PromptHistory(Path(sys.argv[1]), limit=50)\n"
        "for n in range(40): h.add(sys.argv[2] + str(n))"
    )
    programs = [subprocess.Popen([sys.executable, "-c", script, str(path), name], cwd=ROOT) for name in "ab"]
    assert [program.wait(30) for program in programs] == [0, 0]
    assert set(PromptHistory(path, limit=100).load()) == {f"{name}{n}" for name in "ab" for n in range(40)}
