"""Where approvals wait for the person: the `Approver` that the gate asks."""

from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion
from blufio_tui.ui.ports.desk import Desk, Pending

PendingQuestion = Pending[ApprovalQuestion, ApprovalAnswer]


class ApprovalDesk(Desk[ApprovalQuestion, ApprovalAnswer]):
    """What the gate asks."""
