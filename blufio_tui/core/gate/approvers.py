"""Approvers for runs without a screen."""

from blufio_tui.core.capability import DenialCause, Verdict
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, unanswered


class DenyAll:
    """Denies everything, because nobody can be asked."""

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        return unanswered(f"there is nobody to ask without a screen ({question.why})", DenialCause.NOBODY_THERE)


class AllowOnce:
    """`--on-denial allow`: the person who typed the command allowed everything in advance, for this call only."""

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        once = next((offer for offer in question.offers if offer.lifetime is Lifetime.CALL), None)
        return ApprovalAnswer(Verdict.ALLOW, once)
