"""If a person answers faster than they can read, suggest once the wider answer that would have avoided the
questions."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from blufio_tui.core.capability import CapabilityRequest, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, Offer, Scope
from blufio_tui.core.policy.approval_offers import grants_of
from blufio_tui.core.policy.back_test import grants_cover

FAST_SECS = 2.0
"""An answer that comes sooner was hardly read."""

FAST_TIMES = 5
"""So many fast ones among the last `_REMEMBERED` answers are too many."""

_REMEMBERED = 8


@dataclass(slots=True)
class FastYes:
    """For one run of the program; suggests at most once per session."""

    _answers: dict[str, deque[tuple[ApprovalQuestion, bool]]] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def answered(
        self, session_id: str, question: ApprovalQuestion, answer: ApprovalAnswer | None, seconds: float, places: Places
    ) -> str:
        """Count an answer. Returns the suggestion if it is time for it, else "".

        Args:
            seconds: how long the question was shown.
        """
        answers = self._answers.setdefault(session_id, deque(maxlen=_REMEMBERED))
        once = answer is not None and answer.verdict is Verdict.ALLOW
        once = once and (answer is None or answer.offer is None or answer.offer.lifetime is Lifetime.CALL)
        answers.append((question, once and seconds < FAST_SECS))
        fast = [asked for asked, was_fast in answers if was_fast]
        if len(fast) < FAST_TIMES or session_id in self._told:
            return ""
        best = _best_offer(fast, places)
        if best is None:
            return ""
        self._told.add(session_id)
        offer, count = best
        return (
            f"You allowed {len(fast)} of the last {len(answers)} questions within {FAST_SECS:g} s each. "
            f'"{offer.label}" on the card would have answered {count} of them. It stores: {offer.stores}.'
        )


def _best_offer(questions: list[ApprovalQuestion], places: Places) -> tuple[Offer, int] | None:
    """The wider answer that covers most questions, and how many; None if none covers two."""
    counts: Counter[str] = Counter()
    offers: dict[str, Offer] = {}
    for question in questions:
        for offer in question.offers:
            if offer.scope is not Scope.DECLARED or offer.lifetime is not Lifetime.SESSION or offer.stores in offers:
                continue
            offers[offer.stores] = offer
            covers = _covers(offer, question.request, places)
            counts[offer.stores] = sum(covers(other.request) for other in questions)
    best = counts.most_common(1)
    return (offers[best[0][0]], best[0][1]) if best and best[0][1] > 1 else None


def _covers(offer: Offer, request: CapabilityRequest, places: Places) -> Callable[[CapabilityRequest], bool]:
    answer = ApprovalAnswer(Verdict.ALLOW, offer)
    return grants_cover(grants_of(answer, request, session_id="", now=0.0, new_id=lambda: "tried"), places)
