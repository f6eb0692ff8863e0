"""Problems that do not stop the program."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blufio_tui.core.servers.agent import ServedAgent


class Complaints:
    """Says each thing once, at the start of the next turn, or at the end of the program.

    Attributes:
        agent: who says it; None at the end of the program.
    """

    def __init__(self) -> None:
        self.agent: ServedAgent | None = None

    def __call__(self, what: str) -> None:
        if self.agent is None:
            sys.stderr.write(f"blufio-tui: {what}\n")
        else:
            self.agent.remarks = (*self.agent.remarks, what)
