"""Questions of `cage --on-denial ask`: only what was typed is the person's answer."""

import os
import pty
from pathlib import Path

import pytest

from blufio_tui.cli.caged_command import AskOnTerminal
from blufio_tui.core.capability import DecidedBy, Verdict
from tests.fakes.ui_agent import question, read

END_OF_INPUT = b"\x04"


@pytest.mark.parametrize(
    ("typed", "verdict", "by", "reason"),
    [
        (b"y\n", Verdict.ALLOW, DecidedBy.USER, ""),
        (b"YES\n", Verdict.ALLOW, DecidedBy.USER, ""),
        (b"n\n", Verdict.DENY, DecidedBy.USER, ""),
        (b"\n", Verdict.DENY, DecidedBy.USER, ""),
        (b"yess\n", Verdict.DENY, DecidedBy.USER, ""),
        (END_OF_INPUT, Verdict.DENY, DecidedBy.MODE, "the terminal was closed before anybody answered"),
    ],
)
async def test_only_what_was_typed_is_the_persons_answer(
    typed: bytes, verdict: Verdict, by: DecidedBy, reason: str
) -> None:
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed)
        answer = await AskOnTerminal(Path(os.ttyname(theirs))).ask(question("cage", read("/p/a")))
    finally:
        os.close(ours)
        os.close(theirs)
    assert answer is not None
    assert (answer.verdict, answer.decided_by, answer.reason) == (verdict, by, reason)


async def test_without_a_terminal_nobody_denied_it(tmp_path: Path) -> None:
    answer = await AskOnTerminal(tmp_path / "none" / "tty").ask(question("cage", read("/p/a")))
    assert answer is not None
    assert (answer.verdict, answer.decided_by) == (Verdict.DENY, DecidedBy.MODE)
    assert answer.reason == "there is no terminal to ask in"
