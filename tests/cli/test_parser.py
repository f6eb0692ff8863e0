"""Only the parsers of what was typed are built; help and refusals are those of the whole."""

import argparse
import os
import shutil

import pytest

from blufio_tui.cli import CommandParser, ListedParser, build_parser, parse
from blufio_tui.cli.width import terminal_columns


def answer(parser: argparse.ArgumentParser, line: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, ...]:
    try:
        return (repr(sorted(vars(parser.parse_args(line.split())), key=str)),)
    except SystemExit as ended:
        return (str(ended.code), *capsys.readouterr())


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "skill",
        "skill --help",
        "skill list --json",
        "skill list --help",
        "skill lst",
        "skill run list --unapproved",
        "skill init install --lang zig",
        "mcp --help",
        "mcp add --help",
        "audit --help",
        "config get",
        "rules test --help",
        "nothing of the kind",
        "--project x skill show calc --mode auto",
    ],
)
def test_a_line_is_read_as_by_the_parser_of_every_command(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(build_parser(line.split()), line, capsys) == answer(build_parser(), line, capsys)


def test_no_help_of_a_command_says_none() -> None:
    whole = build_parser()
    for parser in (whole, *commands_of(whole).values()):
        assert "None" not in parser.format_help().split()


def test_only_what_was_typed_has_a_parser() -> None:
    skill = commands_of(build_parser(["skill", "list"]))["skill"]
    assert [name for name, parser in commands_of(skill).items() if isinstance(parser, CommandParser)] == ["list"]
    assert isinstance(commands_of(skill)["run"], ListedParser)
    assert all(
        isinstance(parser, CommandParser) for parser in commands_of(commands_of(build_parser())["skill"]).values()
    )


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return next(dict(one.choices) for one in parser._actions if isinstance(one, argparse._SubParsersAction))


def test_a_command_that_is_named_only_as_a_value_is_no_command() -> None:
    args = parse(["skill", "show", "list"])
    assert args.name == "list"


@pytest.mark.parametrize("written", ["132", "0", "-5", "wide", "", " 7 "])
def test_the_width_is_the_one_that_shutil_finds(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", written)
    assert terminal_columns() == shutil.get_terminal_size().columns


def test_the_width_of_a_terminal_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    sizes = iter([os.terminal_size((97, 30)), os.terminal_size((0, 0))])
    monkeypatch.setattr("sys.__stdout__", type("Output", (), {"fileno": lambda _self: 1})())
    monkeypatch.setattr(os, "get_terminal_size", lambda _handle: next(sizes))
    assert [terminal_columns(), terminal_columns()] == [97, 80]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (["ask"], {"--model", "--mode", "--project"}),
        (["replay"], set()),
        (["audit", "list"], set()),
        (["audit", "prove"], {"--project"}),
        (["skill", "run"], {"--mode", "--project"}),
        (["config"], set()),
    ],
)
def test_the_help_of_a_command_lists_the_shared_options_that_matter_to_it(
    words: list[str], listed: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _code, said, _ = answer(build_parser(words), " ".join([*words, "--help"]), capsys)
    assert {option for option in ("--model", "--mode", "--project") if f"{option} " in said} == listed
    assert ("permissions" in said) is bool(listed)


def test_each_command_takes_the_shared_options_wherever_they_stand() -> None:
    before, after = parse(["--project", "p", "replay", "c"]), parse(["replay", "c", "--project", "p"])
    assert before.project == after.project and str(after.project) == "p"
