"""Questions to the person in the editor: the gate's, and the model's own."""

import itertools
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from acp.schema import PermissionOption, ToolCallLocation, ToolCallProgress, ToolCallUpdate

from blufio_tui.acp.content import ToolContent, code_span, fenced, location, shown
from blufio_tui.acp.editor import Editor
from blufio_tui.core.asking import AskedQuestion, PersonAnswer, PersonQuestion, ProposedPlan
from blufio_tui.core.capability import (
    CapabilityRequest,
    DenialCause,
    EnvTarget,
    ExecTarget,
    FileTarget,
    Kind,
    Mode,
    NetTarget,
    UnixTarget,
    Verdict,
)
from blufio_tui.core.errors import HostError
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, unanswered
from blufio_tui.core.tasks import begin
from blufio_tui.core.text.display import folded_blanks, visible, visible_line
from blufio_tui.ui.state.choices import Choice, choices_for
from blufio_tui.ui.state.person_choices import PersonChoice, person_choices

OptionKind = Literal["allow_once", "allow_always", "reject_once", "reject_always"]
ToolKind = Literal["read", "edit", "delete", "move", "search", "execute", "think", "fetch", "switch_mode", "other"]
Status = Literal["pending", "in_progress", "completed", "failed"]

_KINDS: dict[Kind, ToolKind] = {
    Kind.FS_READ: "read",
    Kind.FS_WRITE: "edit",
    Kind.NET: "fetch",
    Kind.EXEC: "execute",
}
_REMOVES = ("remove", "unlink", "rmdir")

MAX_ASKED = 1_000_000
"""Characters of what would be done that a question shows; a longer one is refused: nobody could say yes to the rest."""


# ── the gate's ─────────────────────────────────────────────────────────────────────────────────────


def question_choices(question: ApprovalQuestion) -> list[Choice]:
    """The answers that take no words of the person's own: an editor has no place for them. The refusal first."""
    return [choice for choice in choices_for(question) if not choice.needs_reason]


def options_of(choices: Sequence[Choice]) -> list[PermissionOption]:
    """Each says what it stores."""
    return [
        PermissionOption(option_id=str(index), name=_name(choice.title, choice.stores), kind=_option_kind(choice))
        for index, choice in enumerate(choices)
    ]


def _name(title: str, means: str) -> str:
    """What the answer means, without saying its title twice."""
    if means.casefold().startswith(title.casefold()) or means.endswith(title):
        return visible_line(means[:1].upper() + means[1:])
    return visible_line(f"{title}: {means}")


def _option_kind(choice: Choice) -> OptionKind:
    answer = choice.answer
    if answer.verdict is Verdict.DENY:
        return "reject_once" if answer.deny_lifetime is Lifetime.CALL else "reject_always"
    return "allow_always" if choice.lasts else "allow_once"


def answer_to(choices: Sequence[Choice], option_id: str) -> ApprovalAnswer:
    """What was chosen. Whatever was not offered is no, but nobody's."""
    if not option_id:
        return unanswered("the editor closed the question without an answer")
    return next(
        (choice.answer for index, choice in enumerate(choices) if str(index) == option_id),
        unanswered("the editor sent an answer that was not offered"),
    )


def headline(question: ApprovalQuestion) -> str:
    """Who wants to do what: `file wants to write /p/a.txt`, what others have named in code."""
    request = question.request
    whose = f" (in {code_span(question.on_behalf)})" if question.on_behalf else ""
    return f"{code_span(request.actor.name)}{whose} wants to {_action(request)}"


def _action(request: CapabilityRequest) -> str:
    match request.target:
        case FileTarget() as target:
            return f"{visible_line(target.operation.replace('_', ' '))} {code_span(target.path)}"
        case NetTarget(method="CONNECT" | "LISTEN") as target:
            return f"{'listen on' if target.method == 'LISTEN' else 'connect to'} {code_span(target.url)}"
        case NetTarget() as target:
            return f"send a {visible_line(target.method)} request to {code_span(target.url)}"
        case EnvTarget(key=key):
            return f"read the environment variable {code_span(key)}"
        case ExecTarget(command=command):
            return f"run {code_span(folded_blanks(command))}"
        case UnixTarget(path=path):
            return f"connect to {code_span(path)}"


def question_content(question: ApprovalQuestion) -> list[ToolContent]:
    """The sentence again, as an editor may leave out the title; what would be done, whole; why it is asked."""
    about = [f"**{headline(question)}?**"]
    about += [f"⚠ {visible_line(flow)}" for flow in question.flows]
    more = [f"Asked because: {code_span(question.why)}"]
    if question.declared:
        more.append(f"Declared: {code_span(question.declared)}")
    preview = question.preview.strip()
    return [shown("\n\n".join(about)), *([fenced(preview, MAX_ASKED)] if preview else []), shown("\n\n".join(more))]


def question_kind(request: CapabilityRequest) -> ToolKind:
    target = request.target
    if isinstance(target, FileTarget) and target.operation in _REMOVES:
        return "delete"
    if isinstance(target, FileTarget) and target.operation == "rename":
        return "move"
    return _KINDS.get(request.kind, "other")


def question_locations(request: CapabilityRequest) -> list[ToolCallLocation]:
    return [location(request.target.path)] if isinstance(request.target, FileTarget) else []


class _Asking:
    """Each question is a row of its own in the editor, and ends as one."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._run = secrets.token_hex(4)  # an editor may still have the rows of an earlier run
        self._numbers = itertools.count(1)

    async def put(
        self,
        title: str,
        content: Sequence[ToolContent],
        options: Sequence[PermissionOption],
        allows: Callable[[str], bool],
        *,
        kind: ToolKind,
        locations: Sequence[ToolCallLocation] = (),
    ) -> str:
        """The chosen option's id, "" for none. Cancelling withdraws the question.

        Raises:
            HostError: nobody can be asked.
        """
        row = f"question-{self._run}-{next(self._numbers)}"
        call = ToolCallUpdate(
            tool_call_id=row,
            title=title,
            kind=kind,
            status="pending",
            content=list(content),
            locations=list(locations),
        )
        chosen = ""
        try:
            chosen = await self._editor.ask(call, options)
            return chosen
        finally:
            status: Status = "completed" if allows(chosen) else "failed"
            begin(
                self._editor.update(
                    ToolCallProgress(session_update="tool_call_update", tool_call_id=row, status=status)
                )
            )


class EditorApprover:
    """The gate's `Approver`, in an editor. An editor that cannot ask, or is gone, allows nothing."""

    def __init__(self, editor: Editor) -> None:
        self._asking = _Asking(editor)

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        if len(visible(question.preview.strip())) > MAX_ASKED:
            reason = f"what would be done has more than {MAX_ASKED:,} characters, too many to be shown in the editor"
            return unanswered(reason, DenialCause.TOO_LONG_TO_ASK)
        choices = question_choices(question)

        def allows(option_id: str) -> bool:
            return answer_to(choices, option_id).verdict is Verdict.ALLOW

        try:
            chosen = await self._asking.put(
                headline(question),
                question_content(question),
                options_of(choices),
                allows,
                kind=question_kind(question.request),
                locations=question_locations(question.request),
            )
        except HostError as error:
            return unanswered(str(error))
        return answer_to(choices, chosen)


# ── the model's own ────────────────────────────────────────────────────────────────────────────────


def person_options(choices: Sequence[PersonChoice]) -> list[PermissionOption]:
    """None of them grants anything; an approved plan sets a mode."""
    return [
        PermissionOption(option_id=str(index), name=_name(choice.title, choice.stores), kind=_person_kind(choice))
        for index, choice in enumerate(choices)
    ]


def _person_kind(choice: PersonChoice) -> OptionKind:
    if not choice.allows:
        return "reject_once"
    return "allow_always" if choice.lasts else "allow_once"


class EditorPerson:
    """The `Person` that the model's own questions go to.

    Args:
        set_mode: sets the mode of an approved plan, and shows it.
    """

    def __init__(self, editor: Editor, set_mode: Callable[[Mode], Awaitable[None]]) -> None:
        self._asking = _Asking(editor)
        self._set_mode = set_mode

    async def ask(self, question: PersonQuestion) -> PersonAnswer | None:
        """None if an answer would be words: then the model asks in its reply."""
        if isinstance(question, AskedQuestion) and not question.options:
            return None
        choices = [one for one in person_choices(question) if not one.needs_reason and not one.edits]
        title, content = _put(question)

        def picked(option_id: str) -> PersonChoice | None:
            return next((one for index, one in enumerate(choices) if str(index) == option_id), None)

        def allows(option_id: str) -> bool:
            choice = picked(option_id)
            return choice is not None and choice.allows

        chosen = picked(await self._asking.put(title, content, person_options(choices), allows, kind="other"))
        if chosen is None or not chosen.allows:
            return PersonAnswer(False)
        if isinstance(question, ProposedPlan):
            if chosen.mode is not None:
                await self._set_mode(chosen.mode)
            return PersonAnswer(True, question.markdown, chosen.mode)
        return PersonAnswer(True, chosen.text)


def _put(question: PersonQuestion) -> tuple[str, list[ToolContent]]:
    whose = f"the sub-agent {code_span(question.on_behalf)}" if question.on_behalf else "the model"
    match question:
        case AskedQuestion():
            title = f"A question from {whose}"
            return title, [shown(f"{title}. Your answer is only words: it grants nothing."), fenced(question.text)]
        case ProposedPlan():
            title = f"A plan from {whose}"
            note = "Nothing has been done yet. Approving it sets the mode you choose."
            return title, [shown(f"{title}. {note}"), shown(visible(question.markdown))]
