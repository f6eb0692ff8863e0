"""`/` commands: what is one, what is text, and what completes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.ui.commands.slash import BadArgument, Invocation, UnknownCommand, complete, parse, plain_text
from blufio_tui.ui.commands.table import COMMANDS

SLASH = [command for command in COMMANDS if command.slash is not None]


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/help", "help", ""),
        ("  /COST  ", "cost", ""),
        ("/mode read-only", "mode", "read-only"),
        ('/run text-stats {"text":\n"a b"}', "run", '{"text":\n"a b"}'),
        ("/export json out.json", "export", "json out.json"),
    ],
)
def test_a_command_is_parsed_with_what_follows_it(text: str, name: str, argument: str) -> None:
    parsed = parse(text)
    assert isinstance(parsed, Invocation)
    assert parsed.command.slash is not None and parsed.command.slash.name == name
    assert parsed.argument.endswith(argument)


@pytest.mark.parametrize(
    "text", ["", "hello", "/", "/ x", "/etc/hosts is odd", "//help", "say /help", "/1", "/a.b", "/tmp/"]
)
def test_anything_else_is_text(text: str) -> None:
    assert parse(text) is None


def test_two_slashes_send_what_looks_like_a_command() -> None:
    assert plain_text("//help me") == "/help me"
    assert plain_text("//server/share") == "//server/share"
    assert plain_text("/etc/hosts") == "/etc/hosts"


def test_an_unknown_command_names_the_nearest() -> None:
    parsed = parse("/modle x")
    assert isinstance(parsed, UnknownCommand)
    assert "did you mean /model or /mode" in parsed.message
    assert "/help lists them" in UnknownCommand("zzz", ()).message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/cost now", "takes nothing"),
        ("/run", "needs something after it: /run SKILL [JSON]"),
        ("/mode everything", "takes ask, accept-edits, plan, read-only, deny, allow-all, not everything"),
        ("/export pdf", "takes md, json"),
    ],
)
def test_an_argument_that_does_not_fit_is_explained(text: str, says: str) -> None:
    parsed = parse(text)
    assert isinstance(parsed, BadArgument)
    assert says in parsed.message


def test_a_slash_lists_everything_and_letters_narrow_it_down() -> None:
    assert len(complete("/")) == len(SLASH)
    assert [one.text for one in complete("/mo")][:2] == ["/mode ", "/model "]
    assert complete("/cst")[0].text == "/cost"
    assert complete("/doc")[0].label == "/doctor"
    assert complete("/xyz") == []


def test_arguments_come_from_the_table_or_from_what_is_known_now() -> None:
    assert complete("/mode r")[0].text == "/mode read-only"
    assert [one.text for one in complete("/theme d", {"theme": ["light", "dark"]})] == ["/theme dark"]
    assert [one.label for one in complete("/theme ", {"theme": ["light", "dark"]})] == ["light", "dark"]
    assert complete("/run skill {") == []
    assert complete("no slash") == complete("/help\nmore") == []


@given(st.text(max_size=30))
def test_no_text_breaks_the_parser(text: str) -> None:
    parse(text)
    parse("/" + text)
    complete("/" + text, {"theme": [text]})
