"""The configuration of git is read as git reads it, and what is not known to be harmless is asked about."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from blufio_tui.core.cage.git_config import Unreadable, entries, files_named, new_programs

_TOKENS = (
    "[core]", "[CORE]", "[core ", '"sub"]', '[core "s"]', '[core "s\\"b"]', '[core "s\\]"]', "[core.sub]", "[ core]",
    "[core\t\"x\"]", "[alias]", "[]", "[", "]", "fsmonitor", "FsMonitor", "editor", "a-b", "1a", "=", " = ", " ", "\t",
    "\n", "\r\n", "\r", "\\\n", "\\\r\n", "\\", "\\n", "\\x", '"', '""', "#", ";", "# [core]\n", "x", "!sh", "\x0b",
    "\x0c", "\xef\xbb\xbf", "\xe9", "\u2028", "\x85", "[include]", "path", "edit\\\nor",
)  # fmt: skip


def as_git_reads(data: bytes, folder: Path) -> list[tuple[str, str | None]] | None:
    """Keys and values; None when git refuses the file."""
    file = folder / "config"
    file.write_bytes(data)
    done = subprocess.run(
        [shutil.which("git") or "git", "config", "--file", str(file), "--no-includes", "--list", "-z"],
        capture_output=True, check=False, cwd=folder, env={"PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"},
    )  # fmt: skip
    if done.returncode:
        return None
    found = []
    for row in done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        key, line, value = row.partition("\n")
        found.append((key.lower(), value if line else None))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("git")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not there to compare with")
@given(st.lists(st.sampled_from(_TOKENS), max_size=14))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(["[core]", "\n", "x", " = ", "a", "\\\n", "\n", "editor", " = ", "x"])
@example(["[core]", "editor", " = ", '"', "a", "\\\n", "b", '"', " ; ", "x"])
@example(["[core]", "x", " = ", "a", " ", "#", "\\\n", "editor", "=", "x"])
@example(["[core]", "x", " = ", "a", "\r", "editor", "=", "x"])
@example(["\xef\xbb\xbf", "[core]", "editor", "=", "x"])
@example(["[core]", "\u2028", "editor", "=", "x"])
def test_the_same_keys_and_values_are_read_as_by_git(folder: Path, tokens: list[str]) -> None:
    data = "".join(tokens).encode("utf-8" if "\u2028" in tokens else "latin-1", "replace")
    expected = as_git_reads(data, folder)
    try:
        found = [(one.key, one.value) for one in entries(data)]
    except Unreadable:
        assert expected is None or any("." not in key for key, _ in expected)
    else:
        assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "[core]\n\thooksPath = /x\n",
        "[core]hooksPath=/x",
        "[CORE]\nHOOKSPATH = x",
        "[core]\n\tfsmonitor = x\n",
        "[core]\n\tfsmonitor\n",
        "[core]\n\tsshCommand = x",
        "[core]\n\tx = a \\\n\n\tsshCommand = x",
        '[core]\n\tx = "\\\n"\n\tsshCommand = x',
        "[core]\n\tname = a # \\\n\tsshCommand = x",
        "[core]\n\tname = a\r\n\tsshCommand = x\r\n",
        "\ufeff[core]\n\tsshCommand = x",
        '[core "]\n"]\n',
        '[alias]\n\tst = "!x"',
        "[include]\n\tpath = /x",
        '[includeIf "gitdir:/x"]\n\tpath = /y',
        '[IncludeIf "onbranch:\\a"]\n\tPATH = /y',
        "[includeif.gitdir:/]\n\tpath = /y",
        '[filter "x"]\n\tclean = y',
        "[filter.x]\n\tclean = y",
        '[diff "x"]\n\ttextconv = y',
        '[merge "x"]\n\tdriver = y',
        '[credential "https://x"]\n\thelper = y',
        '[remote "origin"]\n\tuploadpack = y',
        '[url "x"]\n\tinsteadOf = y',
        '[submodule "x"]\n\tupdate = "!y"',
        "[gpg]\n\tprogram = y",
        "[core] ; x\n editor=y",
        "[alias][core]pager=y",
        "[some]\n\tday = a new key of git may run a program",
        "nonsense",
        "[core]\n\tfile\0mode = true",
        '[core]\n\tname = "x\n',
    ],
)
def test_a_key_that_may_run_a_program_is_seen(text: str) -> None:
    assert new_programs(b"", text.encode())


def test_what_git_writes_by_itself_runs_nothing() -> None:
    written = b"""[core]
\trepositoryformatversion = 0
\tfilemode = true
[remote "origin"]
\turl = https://example.org/x
\tfetch = +refs/heads/*:refs/remotes/origin/*
[branch "main"]
\tremote = origin
\tmerge = refs/heads/main
[submodule "x"]
\tupdate = rebase
[user]
\tname = A
"""
    editor = b"[core]\n\teditor = vi\n"
    assert new_programs(b"", written) == ()
    assert new_programs(editor, editor + written) == ()
    assert new_programs(editor, b"[core]\n\teditor = emacs\n") == ("core.editor = emacs",)


@pytest.mark.parametrize(
    ("more", "keys"),
    [
        ('[remote "origin"]\n\turl = https://evil.example/x\n', ("remote.origin.url = https://evil.example/x",)),
        (
            '[remote "origin"]\n\tpushurl = https://evil.example/x\n',
            ("remote.origin.pushurl = https://evil.example/x",),
        ),
        ('[branch "main"]\n\tpushRemote = evil\n', ("branch.main.pushremote = evil",)),
        ("[remote]\n\tpushDefault = evil\n", ("remote.pushdefault = evil",)),
        ('[remote "mine"]\n\turl = https://example.org/x\n', ()),
        ('[branch "topic"]\n\tremote = origin\n\tmerge = refs/heads/topic\n', ()),
        ('[branch "topic"]\n\tremote = .\n\tmerge = refs/heads/main\n', ()),
        ('[branch "topic"]\n\tremote = mine\n\tmerge = refs/heads/topic\n', ("branch.topic.remote = mine",)),
        ('[branch "main"]\n\tremote = .\n', ("branch.main.remote = .",)),
    ],
)
def test_a_remote_that_was_there_is_not_led_elsewhere_unasked(more: str, keys: tuple[str, ...]) -> None:
    before = '[remote "origin"]\n\turl = https://example.org/x\n[branch "main"]\n\tremote = origin\n'
    assert new_programs(before.encode(), (before + more).encode()) == keys


def test_a_remote_is_not_removed_unasked_since_it_could_be_added_anew() -> None:
    before = b'[remote "origin"]\n\turl = https://example.org/x\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
    assert new_programs(before, b"[core]\n\tbare = false\n") == ("remote.origin.url (removed)",)


def test_what_a_configuration_names_is_found() -> None:
    data = b'[include]\n\tpath = ../more\n[includeIf "gitdir:/x/"]\n\tpath = "a b"\n[core]\n\thooksPath = .githooks\n'
    assert [one.value for one in files_named(data)] == ["../more", "a b", ".githooks"]
