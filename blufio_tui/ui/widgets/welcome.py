"""What an empty conversation says: what this is, what to try, and how to connect a model."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from blufio_tui.core.guards.project_scope import ADVICE, wide_project
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.messages import SuggestionChosen
from blufio_tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from blufio_tui.core.skills.skill import Skill

FIRST = "count the words in README.md"
CONNECT = "/connect"
_SHOWN = 4
_FILE = re.compile(r"(?<![\w/.:])[\w-]+\.(?:md|txt|csv|json|toml|py|log|html)\b")
"""What looks like a file of the project in a sentence."""


def suggestions(skills: Sequence[Skill], file: str) -> list[str]:
    """Four sentences that work here: counting words first, then what needs no file, then what can use `file`."""
    first = [FIRST.replace("README.md", file)] if file else []
    others = [found for skill in skills if skill.tool_name != "text_stats" if (found := _example_of(skill, file))]
    others.sort(key=lambda sentence: bool(file) and file in sentence)
    return list(dict.fromkeys([*first, *others]))[:_SHOWN]


def some_file(project: Path) -> str:
    """README.md, else some other text of the project; "" if there is none."""
    names = ["README.md", "README.rst", "README.txt", "README"]
    found = next((name for name in names if (project / name).is_file()), "")
    return found or min((path.name for path in project.glob("*.[mt][dx]*") if path.is_file()), default="")


def _example_of(skill: Skill, file: str) -> str:
    """The first example that can succeed here, its blanks filled in."""
    examples = skill.manifest.examples if skill.manifest and skill.enabled else ()
    for example in examples:
        sentence = example.say
        for name, value in example.input.items():
            filled = file if name in ("path", "file") else str(value)
            sentence = sentence.replace(f"{{{name}}}", filled) if filled else sentence
        strange = [word for word in _FILE.findall(sentence) if word != file]
        plain = "{" not in sentence and sentence == visible_line(sentence)
        if plain and example.denied is None and not strange:
            return sentence
    return ""


_MORE = (
    ("@FILE", "put a file of the project into the prompt"),
    ("!COMMAND", "run a command yourself, without the model"),
    ("/mode", "choose what you are asked about"),
    ("/diff", "show what this session changed"),
    ("/undo", "undo what a call changed in files"),
    ("/why FILE:LINE", "show which call wrote a line, and who allowed it"),
    ("/audit TEXT", "search everything that was allowed or denied"),
    ("/grants", "list and revoke what you allowed for longer"),
    ("/cost", "show what it has cost, by day and by model"),
    ("/settings", "change settings; each says when it applies"),
)


def _worth_knowing() -> Content:
    """For tall terminals."""
    width = max(len(typed) for typed, _ in _MORE) + 3
    rows = [Content.assemble("  ", (typed.ljust(width), "$accent"), (does, "$muted")) for typed, does in _MORE]
    return Content("\n").join([Content.styled("Worth knowing", "bold"), Content(""), *rows])


class Suggestions(RowList[str]):
    """The sentences; Enter or a click sends one."""

    def row_key(self, row: str) -> Hashable:
        return row

    def row_line(self, row: str, width: int) -> Content:
        line = Content.assemble(("  › ", "$accent"), row)
        if row == CONNECT:
            line = Content.assemble(line, ("   a model, by API key or local server", "$muted"))
        return line.truncate(width, ellipsis=True)

    def action_open_row(self) -> None:
        if self.current is not None:
            self.post_message(SuggestionChosen(self.current))


class Welcome(Vertical):
    def __init__(
        self, skills: Sequence[Skill], project: Path, *, is_guide: bool, model: str, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._file = some_file(project)
        self._wide = wide_project(project, Path.home())
        self._skills = list(skills)
        self._is_guide = is_guide
        self._model = model

    def compose(self) -> ComposeResult:
        yield Static(self._greeting(), id="welcome-greeting", markup=False)
        yield Suggestions(id="welcome-suggestions")
        yield Static(self._footing(), id="welcome-footing", markup=False)
        yield Static(_worth_knowing(), id="welcome-more", markup=False)

    def on_mount(self) -> None:
        view = self.query_one(Suggestions)
        view.following = False
        self._fill()

    def _fill(self) -> None:
        view = self.query_one(Suggestions)
        sentences = suggestions(self._skills, self._file)
        view.rows = [*sentences[: _SHOWN - 1], CONNECT] if self._is_guide else sentences
        view.styles.height = max(len(view.rows), 1)
        view.redraw_all()

    def offer(self, skills: Sequence[Skill]) -> None:
        """Other skills are installed now; in the first frame none are known yet."""
        self._skills = list(skills)
        self._fill()
        self.query_one("#welcome-footing", Static).update(self._footing())

    def connected(self, *, is_guide: bool, model: str) -> None:
        """The model is known now, or another one."""
        self._is_guide, self._model = is_guide, model
        self._fill()
        self.query_one("#welcome-footing", Static).update(self._footing())

    def _greeting(self) -> Content:
        return Content.assemble(
            *self._warning(),
            ("blufio", "bold $accent"),
            ("  an agent that asks first\n\n", "bold"),
            (
                "Skills run in a sandbox. Each file, host and variable they use is checked, and so is each command. If "
                "no rule allows it, you are asked. All of it is logged before it happens.\n\n",
                "$muted",
            ),
            "Type a request below, or try one of these (",
            ("Tab", "bold"),
            ", then ",
            ("Enter", "bold"),
            "):",
        )

    def _warning(self) -> list[tuple[str, str]]:
        if not self._wide:
            return []
        head = f"! The project folder is {self._wide}. "
        return [(head, "bold $warn"), (f"Everything in it counts as inside the project. {ADVICE}\n\n", "$muted")]

    def _footing(self) -> Content:
        keys = Content.assemble(
            ("F1", "bold $accent"),
            (" keys   ", "$muted"),
            ("^p", "bold $accent"),
            (" all commands   ", "$muted"),
            ("F5", "bold $accent"),
            (f" {len(self._skills) or ''} skills".replace("  ", " "), "$muted"),
        )
        if not self._is_guide:
            return Content.assemble(("Answers come from ", "$muted"), visible_line(self._model), ".\n\n", keys)
        return Content.assemble(
            ("! ", "bold $warn"),
            ("This is the offline guide, not a model. ", "bold $warn"),
            ("It runs the tools whose example sentences match what you type. ", "$muted"),
            CONNECT,
            (" or ", "$muted"),
            "ANTHROPIC_API_KEY",
            (" connects a model.\n\n", "$muted"),
            keys,
        )
