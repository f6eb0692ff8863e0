"""What lasts from command to command."""

import pytest

from blufio_tui.core.shell.state import MAX_CARRIED, ShellState, ShellStates, carried, exports_in_words, is_carried

BASE = {"PATH": "/usr/bin", "HOME": "/home/p", "PWD": "/p"}


def test_what_was_exported_is_carried_and_what_the_shell_sets_is_not() -> None:
    end = {**BASE, "PWD": "/p/src", "OLDPWD": "/p", "SHLVL": "1", "_": "x", "CI": "1", "PATH": "/venv/bin:/usr/bin"}
    assert carried(BASE, end).exports == (("CI", "1"), ("PATH", "/venv/bin:/usr/bin"))
    assert carried(BASE, end).left_out == ()


@pytest.mark.parametrize(
    "name",
    [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "BASH_ENV",
        "BASH_FUNC_git%%",
        "ENV",
        "IFS",
        "PROMPT_COMMAND",
        "GIT_SSH_COMMAND",
        "GIT_EXTERNAL_DIFF",
        "GIT_CONFIG_COUNT",
        "GIT_PAGER",
        "PAGER",
        "EDITOR",
        "VISUAL",
        "GIT_SEQUENCE_EDITOR",
        "LESSOPEN",
        "NODE_OPTIONS",
        "PYTHONSTARTUP",
        "PERL5OPT",
        "RUBYOPT",
        "RIPGREP_CONFIG_PATH",
        "BLUFIO_HOME",
    ],
)
def test_what_turns_later_programs_into_others_is_not_carried_and_said_so(name: str) -> None:
    assert not is_carried(name)
    result = carried(BASE, {**BASE, name: "/tmp/evil"})
    assert result.exports == () and result.left_out == (name,)


def test_more_than_fits_is_left_out() -> None:
    result = carried(BASE, {**BASE, "A": "x", "BIG": "y" * MAX_CARRIED})
    assert result.exports == (("A", "x"),) and result.left_out == ("BIG",)


def test_the_card_shows_names_and_values_but_no_credentials() -> None:
    words = exports_in_words((("CI", "1"), ("MY_TOKEN", "hunter2"), ("X", "a\u202eb\n" + "z" * 90)))
    assert words.startswith("CI=1 MY_TOKEN=… X=a\\u202eb\\n")
    assert "hunter2" not in words and len(words) < 140


def test_each_session_has_its_own() -> None:
    states = ShellStates("/p")
    states.put("a", ShellState("/p/src", (("CI", "1"),)))
    assert states.get("a").cwd == "/p/src" and states.get("b") == ShellState("/p")
    states.forget("a")
    assert states.get("a") == ShellState("/p")


def test_what_the_cage_exports_stays_in_the_cage() -> None:
    state = ShellState("/p").after("/p", (("PATH", "/p/evil:/usr/bin"),), caged=True)
    assert state.exports == () and state.caged_exports == (("PATH", "/p/evil:/usr/bin"),)


def test_what_is_exported_outside_reaches_the_cage_and_leaves_what_was_exported_there() -> None:
    state = (
        ShellState("/p")
        .after("/p", (("A", "1"), ("B", "2")), caged=False)
        .after("/p", (("A", "1"), ("C", "3")), caged=True)
    )
    state = state.after("/p", (("B", "9"),), caged=False)
    assert state.exports == (("B", "9"),)
    assert state.caged_exports == (("B", "9"), ("C", "3"))
