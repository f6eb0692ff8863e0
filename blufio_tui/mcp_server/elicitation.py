"""Questions of the gate to whoever uses the client: an elicitation where the client can ask, else no.

Another program stands between us and the person, and it may answer by itself. So nothing that lasts is offered:
an answer holds for the one effect it is about.

Up to protocol 2025-11-25 the client is asked while the call runs. Since 2026-07-28 a server asks nothing: the call is
answered with the question, stands still here, and continues when the client sends it again with the answer.
"""

import asyncio
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    ElicitRequest,
    ElicitRequestedSchema,
    ElicitRequestFormParams,
    ElicitResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from blufio_tui.core.capability import DenialCause, Verdict
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, unanswered
from blufio_tui.core.policy.wording import action
from blufio_tui.core.tasks import begin
from blufio_tui.core.text.display import folded_blanks, visible, visible_line
from blufio_tui.mcp_server.calls import Call

Context = ServerRequestContext[Any, Any]

REFUSE, ALLOW = "refuse", "allow"
MAX_PREVIEW = 8_000
"""Characters of what would be done that are shown; a longer one is refused: nobody could say yes to the rest."""

SCHEMA: ElicitRequestedSchema = {
    "type": "object",
    "properties": {
        "answer": {
            "type": "string",
            "title": "Answer",
            "description": "Your answer applies to this one effect; nothing is stored.",
            "enum": [REFUSE, ALLOW],
            "enumNames": ["Refuse", "Just this"],
            "default": REFUSE,
        }
    },
    "required": ["answer"],
}


class Elicitations:
    """The gate's `Approver`: asks through the client whose call it is."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[Call, Context]] = {}
        self._ended = asyncio.Event()

    def connection_ended(self) -> None:
        """No client can answer any more: open questions, and later ones, are answered with no at once."""
        self._ended.set()

    def begin(self, call: Call, context: Context) -> None:
        """From now on a question of this call goes to this client."""
        self._calls[call.call_id] = (call, context)

    def end(self, call: Call) -> None:
        self._calls.pop(call.call_id, None)

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        call, context = self._calls.get(question.call_id, (None, None))
        if call is None or context is None or not shows_forms(context):
            return unanswered(f"the client cannot ask anybody ({question.why})", DenialCause.NOBODY_THERE)
        if len(question.preview) > MAX_PREVIEW:
            reason = f"what would be done has more than {MAX_PREVIEW:,} characters, too many to be shown in the client"
            return unanswered(reason, DenialCause.TOO_LONG_TO_ASK)
        asking, ended = begin(_put(call, context, question)), begin(self._ended.wait())
        try:
            await asyncio.wait({asking, ended}, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return asking.result()
            return unanswered("the client ended the connection before anybody answered")
        finally:
            asking.cancel()
            ended.cancel()


async def _put(call: Call, context: Context, question: ApprovalQuestion) -> ApprovalAnswer:
    message = message_of(question)
    try:
        if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            result = await call.put(message)
        elif context.session.can_send_request:
            result = await context.session.elicit_form(message, SCHEMA, context.request_id)
        else:
            return unanswered(
                f"the client cannot be asked while a call runs ({question.why})", DenialCause.NOBODY_THERE
            )
    except (MCPError, ValidationError) as error:
        return unanswered(f"the client could not ask: {visible_line(str(error))[:200]}")
    return answer_to(question, result)


def answer_to(question: ApprovalQuestion, result: ElicitResult) -> ApprovalAnswer:
    """Yes is the one answer that says so. Of the rest, only a clear no is the person's."""
    answer = (result.content or {}).get("answer") if result.action == "accept" else None
    if answer == ALLOW:
        once = next((offer for offer in question.offers if offer.lifetime is Lifetime.CALL), None)
        return ApprovalAnswer(Verdict.ALLOW, once)
    if answer == REFUSE or result.action == "decline":
        return ApprovalAnswer(Verdict.DENY)
    if result.action == "cancel":
        return unanswered("the client closed the question without an answer")
    return unanswered("the client sent an answer that was not offered")


def request_of(message: str) -> ElicitRequest:
    """The question as a part of a result."""
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=SCHEMA))


def shows_forms(context: Context) -> bool:
    """Whether the client said that it can show a form."""
    capabilities = context.session.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def message_of(question: ApprovalQuestion) -> str:
    """Who wants to do what, what would be done, whole, and why it is asked."""
    request = question.request
    lines = [f"{visible_line(request.actor.name)} wants to {visible_line(folded_blanks(action(request)))}."]
    lines += [f"! {visible_line(flow)}" for flow in question.flows]
    if preview := question.preview.strip():
        lines += ["", visible(folded_blanks(preview)), ""]
    lines.append(f"Asked because: {visible_line(question.why)}")
    if question.declared:
        lines.append(f"Declared: {visible_line(question.declared)}")
    return "\n".join(lines)
