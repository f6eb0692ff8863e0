"""The answers to a question, each with the letter that gives it and, in words, what it stores."""

from dataclasses import dataclass

from blufio_tui.core.capability import NetTarget, Verdict
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, Offer, Scope
from blufio_tui.core.policy.patterns import origin

_LETTERS = {Lifetime.CALL: "o", Lifetime.SESSION: "s", Lifetime.FOREVER: "a", Lifetime.UNTIL: "u"}
_TITLES = {
    Lifetime.CALL: "Allow once",
    Lifetime.SESSION: "Allow session",
    Lifetime.FOREVER: "Allow always",
    Lifetime.UNTIL: "Allow a while",
}
_WIDER = {
    Lifetime.CALL: "Once, wider",
    Lifetime.SESSION: "Session, wider",
    Lifetime.FOREVER: "Always, wider",
    Lifetime.UNTIL: "A while, wider",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Attributes:
        letter: the key that picks it at once.
        needs_reason: True when a sentence for the model is asked for first.
    """

    letter: str
    title: str
    stores: str
    answer: ApprovalAnswer
    needs_reason: bool = False

    @property
    def allows(self) -> bool:
        return self.answer.verdict is Verdict.ALLOW


def choices_for(question: ApprovalQuestion) -> list[Choice]:
    """Deny first; then the offers, narrowest first; then the other ways to deny."""
    deny = Choice("d", "Deny", "nothing: the call fails, and the model is told", ApprovalAnswer(Verdict.DENY))
    offers = _offers(question.offers)
    with_reason = Choice(
        "r", "Deny, say why", "nothing: your sentence goes to the model", ApprovalAnswer(Verdict.DENY), True
    )
    never = Choice(
        "n",
        "Deny always",
        f"a rule against {_refused_always(question)}; you are not asked again",
        ApprovalAnswer(Verdict.DENY, deny_lifetime=Lifetime.FOREVER),
    )
    return [deny, *offers, with_reason, never]


def _refused_always(question: ApprovalQuestion) -> str:
    """What "Deny always" stores, as wide as it is: of a request the host and the method, not the path."""
    target = question.request.target
    return f"every {target.method} to {origin(target)}" if isinstance(target, NetTarget) else "exactly this"


def _offers(offers: tuple[Offer, ...]) -> list[Choice]:
    """A wider offer of the same lifetime gets the capital letter."""
    taken: set[str] = set()
    out = []
    for offer in offers:
        letter = _LETTERS[offer.lifetime]
        is_wider = letter in taken or offer.scope is not Scope.EXACT
        if letter in taken:
            letter = letter.upper()
        if letter in taken:
            letter = next(digit for digit in "123456789" if digit not in taken)
        taken.add(letter)
        title = (_WIDER if is_wider else _TITLES)[offer.lifetime]
        out.append(Choice(letter, title, offer.stores, ApprovalAnswer(Verdict.ALLOW, offer)))
    return out
