"""A question to the person about one effect, and the possible answers."""

from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.capability import CapabilityRequest, DecidedBy, DenialCause, Verdict


class Lifetime(StrEnum):
    CALL = "call"
    SESSION = "session"
    FOREVER = "forever"
    UNTIL = "until"


class Scope(StrEnum):
    """What a grant covers: this target, the declared pattern that holds it, or all of the kind."""

    EXACT = "exact"
    DECLARED = "declared"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Offer:
    """One allowing answer and, in words, exactly what it will store.

    Attributes:
        parts: for a command line of several commands, the ones that are stored, each as a grant of its own.
        letter: the key that picks it, the same on every card.
        label: one to three words for a row of answers.
        seconds: for a lifetime of UNTIL, how long it lasts.
        may_widen: the pattern may be edited before it is stored (with Tab).
        past: the past questions it would have answered, in words; "" if unknown.
    """

    lifetime: Lifetime
    scope: Scope
    pattern: str
    stores: str
    parts: tuple[str, ...] = ()
    letter: str = ""
    label: str = ""
    seconds: float = 0.0
    may_widen: bool = False
    past: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalQuestion:
    """
    Attributes:
        question_id: unique; identical pending questions are coalesced before they get here.
        call_id: the tool call that waits.
        why: why approval is needed ("not declared in the manifest", "the manifest declares ~/notes only", …).
        declared: the manifest's scope for this kind, in words; "" for a built-in tool.
        preview: the complete effect (a diff for a write, headers and body for a request).
        offers: the allowing answers, narrowest first.
        timeout_secs: after this the request is denied, decided by `timeout`.
        on_behalf: the sub-agent whose call it is, "" for the agent's own.
        flows: for a network request of a recorded call, a sentence for each thing it read that the request depends on.
        programs: of an effect inside a command, the program that asks and those that started it, the asking one first.
    """

    question_id: str
    call_id: str
    request: CapabilityRequest
    why: str
    declared: str
    preview: str
    offers: tuple[Offer, ...]
    timeout_secs: float
    on_behalf: str = ""
    flows: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """Allow with one of the offers, or deny: with a reason for the model, for a lifetime longer than the call.

    Attributes:
        decided_by: USER; MODE if no person answered, see `unanswered`.
        expires: for an offer with lifetime UNTIL, seconds since the epoch.
        cause: of a denial that no person gave, for the model.
    """

    verdict: Verdict
    offer: Offer | None = None
    reason: str = ""
    deny_lifetime: Lifetime = Lifetime.CALL
    decided_by: DecidedBy = DecidedBy.USER
    expires: float = 0.0
    cause: DenialCause = DenialCause.NOT_ANSWERED


def unanswered(reason: str, cause: DenialCause = DenialCause.NOT_ANSWERED) -> ApprovalAnswer:
    """A denial by default: no person said no, `reason` is why none could."""
    return ApprovalAnswer(Verdict.DENY, reason=reason, decided_by=DecidedBy.MODE, cause=cause)
