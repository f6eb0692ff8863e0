"""What stands above the message of a call that failed."""

import pytest

from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import ErrorInfo


@pytest.mark.parametrize(
    ("kind", "message", "heading", "reason"),
    [
        (ErrorKind.TRAP, "abort: not JSON at byte 0", "error: the skill gave up", "not JSON at byte 0"),
        (ErrorKind.TRAP, "integer divide by zero", "error: trap", "integer divide by zero"),
        (ErrorKind.HOST_ERROR, "the command failed: exit status 2", "error", "the command failed: exit status 2"),
        (ErrorKind.HOST_ERROR, "the input does not fit: x", "error", "the input does not fit: x"),
        (ErrorKind.HOST_ERROR, "host error: no such file: /x", "error: host error", "no such file: /x"),
        (ErrorKind.TIMEOUT, "5 s are over", "error: timeout", "5 s are over"),
        (ErrorKind.CAPABILITY_DENIED, "abort: x", "error: capability denied", "abort: x"),
    ],
)
def test_a_heading_says_whose_failure_it_was(kind: ErrorKind, message: str, heading: str, reason: str) -> None:
    error = ErrorInfo(kind, message)
    assert (error.heading, error.reason) == (heading, reason)
