"""Which tools the model is offered, and under which names."""

from blufio_tui.core.agent.registry import ToolRegistry, api_schema
from tests.fakes.tools import FakeTool


def test_definitions_are_sorted_and_hyphens_become_underscores() -> None:
    registry = ToolRegistry([FakeTool("http"), FakeTool("bash")], [FakeTool("text-stats")])
    assert registry.names() == ("bash", "http", "text_stats")
    assert registry.get("text_stats") is registry.get("text-stats")


def test_a_built_in_tool_wins_a_clash_and_the_loser_is_told() -> None:
    built_in, skill = FakeTool("load_skill"), FakeTool("load-skill")
    registry = ToolRegistry([built_in], [skill])
    assert registry.get("load_skill") is built_in
    assert "built-in tool 'load_skill'" in registry.left_out[0]


def test_of_two_skills_with_one_tool_name_the_first_by_name_is_offered() -> None:
    hyphen, underscore = FakeTool("a-b"), FakeTool("a_b")
    registry = ToolRegistry([], [underscore, hyphen])
    assert registry.get("a_b") is hyphen
    assert "skill 'a-b' has the same tool name" in registry.left_out[0]


def test_a_name_that_the_api_would_refuse_is_not_offered() -> None:
    registry = ToolRegistry([], [FakeTool("naïve"), FakeTool("x" * 65), FakeTool("")])
    assert registry.names() == ()
    assert len(registry.left_out) == 3


def test_skills_can_be_replaced_while_built_in_tools_stay() -> None:
    registry = ToolRegistry([FakeTool("bash")], [FakeTool("old")])
    registry.replace_skills([FakeTool("new")])
    assert registry.names() == ("bash", "new")


def test_one_skills_schema_cannot_make_the_api_refuse_every_request() -> None:
    hostile = {"oneOf": [{}], "$schema": "x", "properties": {"a b": {}}, "required": ["a b"], "description": "d"}
    assert api_schema(hostile) == {"type": "object", "description": "d"}
    assert api_schema({"properties": {"city": {"type": "string"}}})["properties"] == {"city": {"type": "string"}}


def test_a_guard_can_refuse_tools_for_a_while() -> None:
    registry = ToolRegistry([FakeTool("bash")])
    assert registry.refusal("bash") == ""
    registry.guard = lambda name: f"{name} is not allowed while the skill is active"
    assert "not allowed" in registry.refusal("bash")


def test_tools_of_servers_come_after_all_others() -> None:
    built_in, skill, server = FakeTool("a__b"), FakeTool("c__d"), [FakeTool("a__b"), FakeTool("c__d"), FakeTool("e__f")]
    registry = ToolRegistry([built_in], [skill])
    left_out = registry.replace_server_tools(server)
    assert (registry.get("a__b"), registry.get("c__d"), registry.get("e__f")) == (built_in, skill, server[2])
    assert len(left_out) == 2
    registry.replace_skills([])
    assert registry.get("c__d") is server[1]


def test_many_tools_of_servers_have_to_be_found_and_can_be_called_all_the_same() -> None:
    finder, tools = FakeTool("find_tool"), [FakeTool(f"s__{n}") for n in range(4)]
    registry = ToolRegistry([FakeTool("bash"), finder], [FakeTool("find-tool")], most_shown=2)
    registry.replace_server_tools(tools)

    def offered() -> list[str]:
        return [one.name for one in registry.offered("s")]

    assert offered() == ["bash", "find_tool"]
    assert registry.get("find_tool") is finder, "a skill cannot take its place"
    assert registry.get("s__3") is tools[3]
    registry.offer("s", ["s__3", "bash", "nothing"])
    assert offered() == ["bash", "find_tool", "s__3"]
    registry.replace_server_tools(tools[:2])
    assert registry.unoffered() == ()
    assert offered() == ["bash", "s__0", "s__1"]


def test_a_model_is_not_sent_what_needs_no_telling() -> None:
    field = {"type": "array", "minItems": 1, "maxItems": 500, "items": {"type": "string", "minLength": 1}}
    bounds = {"type": "integer", "minimum": -90, "maximum": 90}
    short = {"type": "string", "minLength": 2, "maxLength": 20}
    inner = {"type": "object", "properties": {"a": {"minLength": 1}}, "additionalProperties": False}
    schema = {"properties": {"field": field, "bounds": bounds, "short": short, "inner": inner}}
    assert api_schema(schema)["properties"] == {
        "field": {"type": "array", "items": {"type": "string"}},
        "bounds": bounds,
        "short": short,
        "inner": {"type": "object", "properties": {"a": {}}},
    }
