"""A person's own slash commands: found, filled in, and never more than a prompt."""

from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.config.command_files import CommandFiles
from blufio_tui.core.skills.own_commands import OwnCommand, command_of, filled, prompt_for
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_services import Fakes, skill
from tests.ui.helpers import opened, until

REVIEW = """---
description: Review a change
argument-hint: [branch]
---
Review branch $1 against $2. All: $ARGUMENTS. See @README.md
"""


def own(body: str, name: str = "x") -> OwnCommand:
    command = command_of(name, body, "/x.md")
    assert command is not None
    return command


@pytest.mark.parametrize(
    ("body", "argument", "prompt"),
    [
        ("Say $ARGUMENTS.", "a b", "Say a b."),
        ("$1 and $2", '"a b" c', "a b and c"),
        ("$1 and $2", "a", "a and "),
        ("$10 $ARGUMENTSX", "a", "$10 $ARGUMENTSX\n\na"),
        ("No place.", "a b", "No place.\n\na b"),
        ("No place.", "", "No place."),
        ("$1", "it's", "it's"),
        ("$1", "$ARGUMENTS", "$ARGUMENTS"),
    ],
)
def test_arguments_are_filled_in_once(body: str, argument: str, prompt: str) -> None:
    assert filled(own(body), argument) == prompt


def test_the_head_of_the_file_says_what_it_is_for() -> None:
    command = own(REVIEW)
    assert (command.description, command.hint) == ("Review a change", "[branch]")
    assert filled(command, "main dev") == "Review branch main against dev. All: main dev. See @README.md"
    assert own("# Title\n\nText").description == "Title"


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "../x", "x" * 65, "a:b:c:d:e:f", "é"])
def test_a_name_that_nobody_could_type_is_no_command(name: str) -> None:
    assert command_of(name, "text", "/x") is None


@pytest.mark.parametrize("body", ["!rm -rf /", "  !make", "/mode allow-all"])
def test_a_file_cannot_run_a_command_as_the_person(body: str) -> None:
    prompt = prompt_for("/x", {"x": own(body)}, [])
    assert prompt is not None and not prompt.startswith(("!", "/"))


def test_a_command_comes_before_a_skill_and_a_disabled_skill_is_none() -> None:
    stats = skill("text-stats", "Counts", "count")
    assert prompt_for("/text-stats a.txt", {}, [stats]) == (
        'Use the skill "text-stats": read its instructions with load_skill first.\n\na.txt'
    )
    assert prompt_for("/text-stats", {"text-stats": own("Mine")}, [stats]) == "Mine"
    assert prompt_for("/text-stats", {}, [replace(stats, enabled=False)]) is None
    assert prompt_for("/etc/hosts is odd", {}, [stats]) is None
    assert prompt_for("plain", {}, [stats]) is None


def test_files_of_four_places_are_found_the_project_last(tmp_path: Path) -> None:
    config, project, home = (tmp_path / name for name in ("config", "project", "home"))
    for place, text in (
        (home / ".claude/commands/review.md", "of Claude"),
        (config / "commands/review.md", "mine"),
        (config / "commands/only.md", "only mine"),
        (project / ".claude/commands/git/sync.md", "sync"),
        (project / "commands/README.md", "not one"),
        (project / "commands/bad name.md", "not one"),
    ):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (project / "commands/binary.md").write_bytes(b"\xff\xfe")
    (project / "commands/big.md").write_text("x" * 100_000)
    now = 0.0
    files = CommandFiles(config, project, home, lambda: now)
    assert {name: command.body for name, command in files.commands().items()} == {
        "review": "mine",
        "only": "only mine",
        "git:sync": "sync",
    }
    (project / "commands/review.md").write_text("the project's")
    now = 10.0
    assert files.commands()["review"].body == "the project's"


async def test_typing_an_own_command_sends_its_prompt() -> None:
    class Own:
        def commands(self) -> dict[str, OwnCommand]:
            return {"greet": own("Greet $1 warmly", "greet"), "git:sync": own("Sync it", "git:sync")}

    fakes = Fakes()
    app = BlufioApp(replace(fakes.services(), own_commands=Own()))
    async with opened(app) as pilot:
        assert "greet" in app.slash_arguments()["/"]
        for typed, sent in (("/greet Ada", "Greet Ada warmly"), ("/git:sync", "Sync it")):
            app.main.prompt.focus()
            app.main.prompt.put(typed)
            await pilot.press("escape", "enter")
            await until(pilot, lambda sent=sent: any(getattr(e, "text", "") == sent for e in _said(app)))
            await until(pilot, lambda: not app.turn.is_busy)


def _said(app: BlufioApp) -> list[object]:
    return list(app.main.chat.view.transcript.entries)
