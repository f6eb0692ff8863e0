"""The answers to a question, each with the letter that gives it and, in words, what it stores."""

from dataclasses import dataclass
from typing import Protocol

from blufio_tui.core.capability import NetTarget, Verdict
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, Offer, Scope
from blufio_tui.core.policy.patterns import origin

_LETTERS = {Lifetime.CALL: "y", Lifetime.SESSION: "s", Lifetime.FOREVER: "a", Lifetime.UNTIL: "u"}
_TITLES = {
    Lifetime.CALL: "Just this time",
    Lifetime.SESSION: "This session",
    Lifetime.FOREVER: "Permanently",
    Lifetime.UNTIL: "For a while",
}
_WIDER = {
    Lifetime.CALL: "Just this, wider",
    Lifetime.SESSION: "Session, wider",
    Lifetime.FOREVER: "Permanently, wider",
    Lifetime.UNTIL: "A while, wider",
}


class CardChoice(Protocol):
    """An answer as a card shows it: the key that gives it, one to three words, and what it means or stores.

    Attributes:
        allows: it is not a refusal.
        lasts: it holds for more than this once: that takes a second key.
        needs_reason: words are asked for first.
    """

    @property
    def letter(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def stores(self) -> str: ...
    @property
    def allows(self) -> bool: ...
    @property
    def lasts(self) -> bool: ...
    @property
    def needs_reason(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Attributes:
        letter: the key that picks it at once.
        needs_reason: True if a sentence for the model is asked for first.
    """

    letter: str
    title: str
    stores: str
    answer: ApprovalAnswer
    needs_reason: bool = False

    @property
    def allows(self) -> bool:
        return self.answer.verdict is Verdict.ALLOW

    @property
    def lasts(self) -> bool:
        """Whether anything is stored: that takes a second key."""
        answer = self.answer
        lifetime = answer.offer.lifetime if answer.offer is not None else answer.deny_lifetime
        return lifetime is not Lifetime.CALL


def choices_for(question: ApprovalQuestion) -> list[Choice]:
    """Deny first; then the offers, from narrow to wide and from short to long; then the other ways to deny."""
    deny = Choice("n", "Refuse", "Refuse; the agent is told", ApprovalAnswer(Verdict.DENY))
    offers = _offers(question.offers)
    with_reason = Choice(
        "r", "Refuse because…", "Refuse; your sentence goes to the agent", ApprovalAnswer(Verdict.DENY), True
    )
    never = Choice(
        "N",
        "Always refuse",
        f"Always refuse {_refused_always(question)}",
        ApprovalAnswer(Verdict.DENY, deny_lifetime=Lifetime.FOREVER),
    )
    return [deny, *offers, with_reason, never]


def _refused_always(question: ApprovalQuestion) -> str:
    """What "Deny always" stores, as wide as it is: of a request the host and the method, not the path."""
    target = question.request.target
    return f"every {target.method} to {origin(target)}" if isinstance(target, NetTarget) else "this exact request"


_SPANS = [Lifetime.CALL, Lifetime.UNTIL, Lifetime.SESSION, Lifetime.FOREVER]


def _width(offer: Offer) -> tuple[bool, int]:
    """What is asked about itself first, by how long; what covers more keeps the order in which it is offered."""
    is_exact = offer.scope is Scope.EXACT and not offer.may_widen
    return (False, _SPANS.index(offer.lifetime)) if is_exact else (True, 0)


def _offers(offers: tuple[Offer, ...]) -> list[Choice]:
    """Each under its own letter; where two have the same one, the later gets the capital letter, else a digit."""
    taken: set[str] = set("nrND")
    out = []
    for offer in sorted(offers, key=_width):
        letter = offer.letter or _LETTERS[offer.lifetime]
        is_wider = letter in taken or offer.scope is not Scope.EXACT
        if letter in taken:
            letter = letter.upper()
        if letter in taken:
            letter = next(digit for digit in "123456789" if digit not in taken)
        taken.add(letter)
        title = offer.label or (_WIDER if is_wider else _TITLES)[offer.lifetime]
        stores = f"{offer.stores}; it {offer.past}" if offer.past else offer.stores
        out.append(Choice(letter, title, stores, ApprovalAnswer(Verdict.ALLOW, offer)))
    return out
