"""`blufio-tui mcp test`: a server started once, by the person's own wish, and asked what it offers."""

from dataclasses import replace

from blufio_tui.adapters.mcp.server import Server
from blufio_tui.core.capability import DenialCause, Kind, NetTarget, Verdict
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import Event, HostCallFinished
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, unanswered
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import Json, JsonObject
from blufio_tui.core.tools import CallContext
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import open_backend


class _Starts:
    """Allows that the server is started or connected to, which the person has asked for, and nothing that it does."""

    def __init__(self, name: str) -> None:
        self._actor = f"mcp:{name}"

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        request = question.request
        by_us = request.kind is Kind.EXEC or (isinstance(request.target, NetTarget) and request.target.method == "POST")
        if not by_us or request.actor.name != self._actor:
            return unanswered("a test only lists what the server offers", DenialCause.NOBODY_THERE)
        once = next(offer for offer in question.offers if offer.lifetime is Lifetime.CALL)
        return ApprovalAnswer(Verdict.ALLOW, once)


async def try_server(start: StartOptions, name: str) -> JsonObject:
    """The report: `{name, ok, error, caged, why_not, server, tools, prompts, resources, refused, log}`.

    Raises:
        NotThere: there is no such server, or it is one of the project's that is not trusted.
        ConfigError, StorageError: nothing could be opened.
    """
    start = replace(start, on_denial="allow")  # questions go to `_Starts`, which allows no more than the start
    events: list[Event] = []
    async with open_backend(start, interactive=False, approver=_Starts(name)) as backend:
        server = backend.equipment.servers.get(name)
        caged = not server.config.is_remote and not backend.outside.cages.why_not
        report: JsonObject = {
            "name": name, "ok": False, "error": None, "caged": caged,
            "why_not": backend.outside.cages.why_not or None, "server": "", "tools": [], "prompts": [], "resources": [],
        }  # fmt: skip
        try:
            await _look(server, report, CallContext("", "", f"mcp_{name}", events.append))
            report["ok"] = True
        except BlufioError as error:
            report["error"] = str(error)
        report["refused"] = [
            {"kind": event.kind.value, "resource": event.resource, "rule": event.rule}
            for event in events
            if isinstance(event, HostCallFinished) and event.decision is Verdict.DENY
        ]
        report["log"] = list(server.log.lines())
    return report


async def _look(server: Server, report: JsonObject, context: CallContext) -> None:
    session = await server.ready(context)
    who = session.server
    report["server"] = visible_line(f"{who.get('name', '')} {who.get('version', '')}".strip())
    tools = list[Json]()
    for label, (tool, confirmed) in sorted(server.definitions.named().items()):
        state = "new" if not confirmed else "changed" if tool.name in server.definitions.waiting else "known"
        tools.append({"name": label, "original": tool.name, "description": tool.description, "state": state})
    report["tools"] = tools
    for kind, key in (("prompts", "name"), ("resources", "uri")):
        report[kind] = [str(offered.get(key, "")) for offered in await server.list(kind, context)]
