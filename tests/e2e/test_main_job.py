"""The whole product in a real terminal: type, watch a skill run, be asked, decide, find it in the audit log."""

import pytest

from tests.e2e.command import blufio_json
from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.e2e.terminal import Terminal
from tests.fakes.corpus import sampled


def audit(inside: Inside) -> list[tuple[str, str, str]]:
    rows = inside("audit", "list", "--json").json
    return [(row["resource"], row["decision"], row["decided_by"]) for row in rows if row["kind"] == "fs.read"]


@pytest.mark.parametrize(("columns", "rows"), sampled([(120, 36), (200, 60), (80, 24)]))
def test_a_skill_runs_for_a_plain_sentence(world: World, inside: Inside, columns: int, rows: int) -> None:
    with world.terminal(columns=columns, rows=rows) as terminal:
        terminal.wait_for("count the words in README.md")
        terminal.send("count the words in README.md")
        terminal.press("enter")
        terminal.wait_for("words: 5")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert audit(inside) == [(str(world.project / "README.md"), "allow", "manifest")]


def test_each_answer_to_a_question_does_what_it_says(world: World, inside: Inside) -> None:
    outside = str(world.outside)
    with world.terminal() as terminal:
        terminal.wait_for("offline guide")

        def ask_again() -> None:
            terminal.wait_for("Ask for something")
            terminal.send(f"count the words in {outside}")
            terminal.press("enter")

        ask_again()
        answer(terminal, "n")
        terminal.wait_for("was denied")

        ask_again()
        answer(terminal, "y")
        terminal.wait_for("words: 7")

        ask_again()
        answer(terminal, "s")
        terminal.wait_for(lambda text: text.count("words: 7") >= 2)

        ask_again()
        terminal.wait_for("★ grant")
        terminal.wait_for(lambda text: not set(SPINNER) & set(text))

        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert audit(inside) == [
        (outside, "deny", "user"),
        (outside, "allow", "user"),
        (outside, "allow", "user"),
        (outside, "allow", "grant"),
    ]
    assert inside("grants", "list", "--json").json == []
    assert inside("audit", "verify").code == 0


SPINNER = "◐◓◑◒"
CARD = "─ Approval "
GO = "\x1bg"
"""Without it the card takes the focus by itself, once nobody has typed for two seconds."""
NOT_YET = ("to answer", "in a moment…")


def _has_focus(text: str) -> bool:
    """The keys at the bottom are the card's."""
    return "n Refuse" in text.rstrip().rsplit("\n", 1)[-1]


def answer(terminal: Terminal, key: str, goes: str = GO) -> None:
    """Go to the card, press a key once it takes answers, and Enter where the answer lasts."""
    terminal.wait_for(CARD)
    terminal.send(goes)
    terminal.wait_for(lambda text: _has_focus(text) and not any(words in text for words in NOT_YET))
    terminal.press(key)
    if key in "saN":
        terminal.confirm("Enter to store")
    terminal.wait_until_gone(CARD)


def test_a_stored_grant_holds_in_the_next_run_and_can_be_revoked(world: World, inside: Inside) -> None:
    outside = str(world.outside)
    run = ("skill", "run", "text-stats", "--json", "--input", f'{{"path": "{outside}"}}')
    with world.terminal() as terminal:
        terminal.wait_for("Ask for something")
        terminal.send(f"count the words in {outside}")
        terminal.press("enter")
        answer(terminal, "a", goes="")
        terminal.wait_for("words: 7")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    granted = blufio_json(*run, env=world.env, cwd=world.project)
    assert [row["decided_by"] for row in granted["audit"]] == ["grant"]
    (grant,) = inside("grants", "list", "--json").json
    assert grant["pattern"] == outside
    assert inside("grants", "revoke", grant["id"]).code == 0
    denied = inside(*run).json
    assert denied["error"]["kind"] == "capability_denied"


def test_killing_the_app_while_it_asks_loses_nothing_and_it_starts_clean(world: World, inside: Inside) -> None:
    sentence = f"count the words in {world.outside}"
    with world.terminal() as terminal:
        terminal.wait_for("Ask for something")
        terminal.send(sentence)
        terminal.press("enter")
        terminal.wait_for(CARD)
        terminal.kill()
    assert inside("audit", "verify").code == 0
    with world.terminal("--continue") as terminal:
        terminal.wait_for("outside.txt")
        assert CARD not in terminal.text
        terminal.send("count the words in README.md")
        terminal.press("enter")
        terminal.wait_for("words: 5")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
