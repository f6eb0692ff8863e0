"""What is known of a server's tools, and what waits for the person."""

from blufio_tui.core.mcp.definitions import Definitions, Tools, read_tools
from blufio_tui.core.mcp.pins import ToolDescription


def tools(**described: str) -> Tools:
    return {name: ToolDescription(name, words) for name, words in described.items()}


def test_on_first_contact_everything_becomes_known() -> None:
    definitions = Definitions("s", lambda: None)
    assert definitions.known is None
    definitions.take(tools(a="A", b="B"))
    assert (definitions.known, definitions.waiting) == (tools(a="A", b="B"), {})
    assert {name: known for name, (_, known) in definitions.named().items()} == {"s__a": True, "s__b": True}


def test_what_differs_waits_and_the_old_words_stay() -> None:
    definitions = Definitions("s", lambda: tools(a="A", b="B"))
    definitions.take(tools(a="evil", c="new"))
    assert definitions.waiting == tools(a="evil", c="new")
    assert definitions.gone == {"b"}
    named = definitions.named()
    assert (named["s__a"][0].description, named["s__a"][1]) == ("A", True)
    assert named["s__c"][1] is False
    assert "s__b" not in named
    assert "-A" in definitions.difference(definitions.waiting["a"])


def test_what_is_accepted_is_known_and_nothing_else() -> None:
    definitions = Definitions("s", lambda: tools(a="A", b="B"))
    definitions.take(tools(a="evil", b="worse"))
    definitions.accept(ToolDescription("a", "evil"))
    definitions.accept(ToolDescription("b", "as it was shown, and no longer is"))
    assert definitions.waiting == tools(b="worse")
    definitions.take(tools(a="evil", b="B"))
    assert set(definitions.waiting) == {"b"}


def test_a_change_that_is_taken_back_waits_no_longer() -> None:
    definitions = Definitions("s", lambda: tools(a="A"))
    definitions.take(tools(a="evil"))
    definitions.take(tools(a="A"))
    assert definitions.waiting == {}


def test_a_new_tool_cannot_take_the_name_of_a_known_one() -> None:
    definitions = Definitions("s", lambda: {"a.b": ToolDescription("a.b", "mine")})
    assert definitions.label("a.b") == "s__a_b"
    definitions.take({"a.b": ToolDescription("a.b", "mine"), "a_b": ToolDescription("a_b", "theirs")})
    shown = definitions.named()["s__a_b"]
    assert (shown[0].description, shown[1]) == ("mine", True)


def test_a_list_is_read_with_a_reason_for_all_that_is_left_out() -> None:
    plain = {"inputSchema": {"type": "object"}}
    listed = [{"name": "a", **plain}, {"name": "b", **plain}, {"name": "b", **plain}, {"name": ""}, 7]
    found, problems = read_tools([*listed, {"name": "big", "description": "x" * 900, **plain}], 900)
    assert list(found) == ["a"]
    assert len(problems) == 4
