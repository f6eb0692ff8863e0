"""Effects as rows of the audit log: names, sizes, hashes, and what is left out.

Bodies are never stored, only their size and hash. The value of an environment variable is not hashed
either: a short secret could be found from its hash.
"""

import hashlib
from dataclasses import dataclass

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import Actor, CapabilityRequest, Decision, ExecTarget, Kind, NetTarget
from blufio_tui.core.effects import (
    CagedEffect,
    Effect,
    EffectResult,
    Fetch,
    FileOperation,
    FindFiles,
    GetEnv,
    ListDir,
    ReadFile,
    RunCommand,
    SearchFiles,
    UseServer,
    WriteFile,
)
from blufio_tui.core.flows.marks import OUTSIDE_THE_CAGE
from blufio_tui.core.tools import CallContext

_WRITING_OPERATIONS = frozenset({"mkdir", "rmdir", "unlink", "rename", "link", "symlink", "utimes"})


@dataclass(frozen=True, slots=True)
class Payload:
    """Size and hash of bytes that move; the hash is "" if even that would tell too much."""

    size: int = 0
    sha256: str = ""


NOTHING = Payload()
IN_THE_CAGE = ", in the cage"


def kind_and_resource(effect: Effect) -> tuple[Kind, str]:
    """Kind and target as the caller wrote them, for rows about effects that could not be prepared."""
    match effect:
        case ReadFile(path=path) | ListDir(path=path) | SearchFiles(path=path) | FindFiles(path=path):
            return Kind.FS_READ, path
        case WriteFile(path=path):
            return Kind.FS_WRITE, path
        case Fetch(url=url):
            return Kind.NET, url
        case GetEnv(key=key):
            return Kind.ENV, key
        case RunCommand(command=command):
            return Kind.EXEC, command
        case CagedEffect(kind=kind, resource=resource):
            return Kind(kind), resource
        case UseServer(resource=resource, is_remote=is_remote):
            return (Kind.NET if is_remote else Kind.EXEC), resource
        case FileOperation(operation=operation, path=path, root=root):
            file_kind = Kind.FS_WRITE if operation in _WRITING_OPERATIONS else Kind.FS_READ
            return file_kind, path if path.startswith("/") or not root else f"{root.rstrip('/')}/{path}"


def sent(effect: Effect) -> Payload:
    """The payload that leaves the program with the effect."""
    match effect:
        case WriteFile(content=content):
            return _measured(content)
        case Fetch(body=body) if body:
            return _measured(body)
        case UseServer(carried=carried) if carried:
            return _measured(carried.encode("utf-8", "surrogatepass"))
        case _:
            return NOTHING


def received(effect: Effect, result: EffectResult) -> Payload:
    """The payload that the effect returned; for a write, what was written."""
    match effect:
        case GetEnv():
            return Payload(len(result.data))
        case WriteFile(content=content):
            return _measured(content)
        case CagedEffect():
            return NOTHING
        case FileOperation():  # what comes back is about the file; its content follows through the open handle
            return NOTHING
        case _ if result.data:
            return _measured(result.data)
        case _:
            return NOTHING


def detail_before(request: CapabilityRequest, effect: Effect) -> str:
    """Details about the effect, besides its target, for the person."""
    match effect:
        case Fetch() if isinstance(request.target, NetTarget):
            names = f", secrets {', '.join(sorted(effect.secrets))}" if effect.secrets else ""
            return f"{request.target.method}, {len(effect.body)} bytes sent{names}"
        case CagedEffect(operation=operation, programs=programs):
            return f"{operation}, by {' ‹ '.join(programs)}" if programs else operation
        case FileOperation(operation=operation, other=other):
            return f"{operation} with {other}" if other else operation
        case RunCommand(cwd=cwd, exports=exports, background=background):
            caged = IN_THE_CAGE if isinstance(request.target, ExecTarget) and request.target.caged else ""
            exports = effect.caged_exports if caged else exports
            names = f", with {', '.join(name for name, _ in exports)} exported before" if exports else ""
            folder = cwd.replace(IN_THE_CAGE, " in the cage")  # a folder's name may say anything
            return f"in {folder}{names}{', in the background' if background else ''}{caged}"
        case UseServer(what=what):
            return what.replace(IN_THE_CAGE, " in the cage") + _where_it_runs(request)  # a tool's name may say anything
        case SearchFiles(pattern=pattern):
            return f"search for {pattern[:200]!r}"
        case FindFiles(glob=glob):
            return f"find {glob[:200] or '*'!r}"
        case ReadFile() | ListDir() | WriteFile() | GetEnv() | Fetch():
            return ""


def _where_it_runs(request: CapabilityRequest) -> str:
    target = request.target
    if not isinstance(target, ExecTarget):
        return ""
    return IN_THE_CAGE if target.caged else OUTSIDE_THE_CAGE if target.not_caged else ""


def detail_after(effect: Effect, result: EffectResult) -> str:
    match effect:
        case Fetch():
            return f"status {result.value}"
        case WriteFile() if result.before is not None:
            return f"before {result.before}" if result.before else "new"
        case RunCommand(background=True):
            return f"started as job {result.data.decode()}"
        case RunCommand():
            return f"exit status {result.value}"
        case GetEnv() if result.value < 0:
            return "not set"
        case _:
            return ""


def decision_entry(
    request: CapabilityRequest, decision: Decision, effect: Effect, context: CallContext, host_call_id: str
) -> AuditEntry:
    payload = sent(effect)
    return AuditEntry(
        row_type=RowType.DECISION,
        kind=request.kind,
        resource=request.resource,
        actor=request.actor.name,
        actor_version=request.actor.version,
        actor_hash=request.actor.content_hash,
        session_id=context.session_id,
        turn_id=context.turn_id,
        call_id=context.call_id,
        host_call_id=host_call_id,
        decision=decision.verdict,
        decided_by=decision.decided_by,
        rule=decision.rule,
        outcome="" if decision.allowed else "denied",
        body_sha256=payload.sha256,
        body_bytes=payload.size,
        detail=_for_whom(context, detail_before(request, effect)),
    )


def refusal_entry(
    effect: Effect, actor: Actor, decision: Decision, context: CallContext, host_call_id: str, outcome: str
) -> AuditEntry:
    """The row for an effect that got no canonical target."""
    kind, resource = kind_and_resource(effect)
    return AuditEntry(
        row_type=RowType.DECISION,
        kind=kind,
        resource=resource,
        actor=actor.name,
        actor_version=actor.version,
        actor_hash=actor.content_hash,
        session_id=context.session_id,
        turn_id=context.turn_id,
        call_id=context.call_id,
        host_call_id=host_call_id,
        decision=decision.verdict,
        decided_by=decision.decided_by,
        rule=decision.rule,
        outcome=outcome,
        detail=_for_whom(context),
    )


def outcome_entry(
    decided: AuditEntry, seq: int, outcome: str, *, duration_ms: float, payload: Payload = NOTHING, detail: str = ""
) -> AuditEntry:
    return AuditEntry(
        row_type=RowType.OUTCOME,
        kind=decided.kind,
        resource=decided.resource,
        actor=decided.actor,
        actor_version=decided.actor_version,
        actor_hash=decided.actor_hash,
        session_id=decided.session_id,
        turn_id=decided.turn_id,
        call_id=decided.call_id,
        host_call_id=decided.host_call_id,
        outcome=outcome,
        about_seq=seq,
        body_sha256=payload.sha256,
        body_bytes=payload.size,
        duration_ms=duration_ms,
        detail=detail,
    )


def _for_whom(context: CallContext, detail: str = "") -> str:
    """Names the sub-agent in its rows."""
    whose = f"for {context.on_behalf}" if context.on_behalf else ""
    return "; ".join(part for part in (whose, detail) if part)


def _measured(data: bytes) -> Payload:
    return Payload(len(data), hashlib.sha256(data).hexdigest())
