"""Tools that are offered only while there is a need for them."""

from dataclasses import dataclass, field

import pytest

from blufio_tui.core.agent.occasional import CallsMade, occasions
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.conversation import Message, Role, TextBlock, ToolResultBlock, ToolUseBlock
from tests.fakes.tools import FakeTool

OCCASIONAL = {"plan", "job_output", "job_kill", "load_skill"}


def _called(name: str, /, **arguments: object) -> Message:
    return Message(Role.ASSISTANT, (ToolUseBlock("c1", name, arguments),))  # type: ignore[arg-type]


def _said(is_error: bool) -> Message:
    return Message(Role.USER, (ToolResultBlock("c1", "what came", is_error),))


@dataclass
class Now:
    planning: bool = False
    jobs: set[str] = field(default_factory=set)
    instructions: bool = False

    def offered(self, *messages: Message) -> list[str]:
        registry = ToolRegistry([FakeTool(name) for name in ("bash", "zip", *OCCASIONAL)], [FakeTool("mine")])
        registry.occasional = occasions(
            is_planning=lambda: self.planning,
            has_jobs=lambda session_id: session_id in self.jobs,
            has_instruction_skills=lambda: self.instructions,
            skill_tools=lambda: {"mine"},
        )
        return [tool.name for tool in registry.offered("s", messages)]


FIXED = ["bash", "mine", "zip"]


@pytest.mark.parametrize(
    ("now", "messages", "added"),
    [
        (Now(), (), []),
        (Now(planning=True), (), ["plan"]),
        (Now(jobs={"s"}), (), ["job_output", "job_kill"]),
        (Now(jobs={"another"}), (), []),
        (Now(), (_called("bash", background=True),), ["job_output", "job_kill"]),
        (Now(), (_called("bash", background=False),), []),
        (Now(), (_called("mine", background=True),), []),
        (Now(instructions=True), (), ["load_skill"]),
        (Now(), (_called("mine"), _said(True)), ["load_skill"]),
        (Now(), (_called("mine"), _said(False)), []),
    ],
)
def test_a_tool_is_offered_after_the_others_while_it_is_of_use(
    now: Now, messages: tuple[Message, ...], added: list[str]
) -> None:
    assert now.offered(*messages) == [*FIXED, *added]


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        ((_called("load_skill", name="x"),), True),
        ((Message(Role.USER, (TextBlock('Use the skill "x": read its instructions with load_skill first.'),)),), True),
        ((_called("bash"), _said(True)), False),
        ((_said(True),), False),
    ],
)
def test_instructions_are_of_use_after_a_skill_failed_or_the_person_named_one(
    messages: tuple[Message, ...], wanted: bool
) -> None:
    assert ("load_skill" in Now().offered(*messages)) is wanted


def test_of_a_conversation_that_grows_only_what_is_new_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[Message] = []
    add = CallsMade.add

    def note(made: CallsMade, message: Message) -> None:
        looked_at.append(message)
        add(made, message)

    monkeypatch.setattr(CallsMade, "add", note)
    registry = ToolRegistry([FakeTool("bash"), FakeTool("job_output")])
    registry.occasional = occasions(
        is_planning=lambda: False,
        has_jobs=lambda _session_id: False,
        has_instruction_skills=lambda: False,
        skill_tools=set,
    )
    messages = [_called("bash", n=number) for number in range(50)]
    assert [tool.name for tool in registry.offered("s", messages)] == ["bash"]
    messages.append(_called("bash", background=True))
    assert [tool.name for tool in registry.offered("s", [*messages])] == ["bash", "job_output"]
    assert len(looked_at) == 51
    assert [tool.name for tool in registry.offered("s", messages[:50])] == ["bash"]


def test_what_is_not_offered_can_be_called_and_is_in_the_list_of_tools() -> None:
    registry = ToolRegistry([FakeTool("plan"), FakeTool("bash")])
    registry.occasional = {"plan": lambda _session_id, _messages: False}
    assert registry.get("plan") is not None
    assert registry.names() == ("bash", "plan")
