"""What an empty conversation says: what this is, what to try, and how to connect a model."""

from collections.abc import Hashable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from blufio_tui.core.skills import Skill
from blufio_tui.core.text import visible_line
from blufio_tui.ui.messages import SuggestionChosen
from blufio_tui.ui.widgets.row_list import RowList

FIRST = "count the words in README.md"
_SHOWN = 4


def suggestions(skills: Sequence[Skill]) -> list[str]:
    """Four sentences that work at once: one example of each skill, the first one always the same."""
    sentences = [FIRST]
    for skill in skills:
        sentence = _example_of(skill)
        if sentence and sentence not in sentences and skill.tool_name != "text_stats":
            sentences.append(sentence)
    return sentences[:_SHOWN]


def _example_of(skill: Skill) -> str:
    """The first example that succeeds, its blanks filled in."""
    examples = skill.manifest.examples if skill.manifest and skill.enabled else ()
    for example in examples:
        sentence = example.say
        for name, value in example.input.items():
            sentence = sentence.replace(f"{{{name}}}", str(value))
        if "{" not in sentence and example.denied is None:
            return visible_line(sentence)
    return ""


class Suggestions(RowList[str]):
    """The sentences; Enter or a click sends one."""

    def row_key(self, row: str) -> Hashable:
        return row

    def row_line(self, row: str, width: int) -> Content:
        line = Content.assemble(("  › ", "$accent"), row)
        return line.truncate(width, ellipsis=True)

    def action_open_row(self) -> None:
        if self.current is not None:
            self.post_message(SuggestionChosen(self.current))


class Welcome(Vertical):
    def __init__(self, skills: Sequence[Skill], *, is_guide: bool, model: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sentences = suggestions(skills)
        self._skills = len(skills)
        self._is_guide = is_guide
        self._model = model

    def compose(self) -> ComposeResult:
        yield Static(self._greeting(), id="welcome-greeting", markup=False)
        yield Suggestions(id="welcome-suggestions")
        yield Static(self._footing(), id="welcome-footing", markup=False)

    def on_mount(self) -> None:
        view = self.query_one(Suggestions)
        view.rows = list(self._sentences)
        view.following = False
        view.styles.height = len(self._sentences)
        view.rebuild()

    def connected(self, *, is_guide: bool, model: str) -> None:
        """The model is known now, or another one."""
        self._is_guide, self._model = is_guide, model
        self.query_one("#welcome-footing", Static).update(self._footing())

    def _greeting(self) -> Content:
        return Content.assemble(
            ("blufio", "bold $accent"),
            ("  an agent that asks first\n\n", "bold"),
            (
                "Tools run in a sandbox. Every file, host, variable and command they reach for is checked, "
                "asked about where nothing permits it, and written to an audit log before it happens.\n\n",
                "$muted",
            ),
            "Type a request below, or try one of these (",
            ("Tab", "bold"),
            ", then ",
            ("Enter", "bold"),
            "):",
        )

    def _footing(self) -> Content:
        keys = Content.assemble(
            ("F1", "bold $accent"),
            (" keys   ", "$muted"),
            ("^p", "bold $accent"),
            (" all commands   ", "$muted"),
            ("F5", "bold $accent"),
            (f" {self._skills} skills", "$muted"),
        )
        if not self._is_guide:
            return Content.assemble(("Answers come from ", "$muted"), visible_line(self._model), ".\n\n", keys)
        return Content.assemble(
            ("! ", "bold $warn"),
            ("This is the offline guide, not a model. ", "bold $warn"),
            ("It runs the tools whose example sentences match what you type. To connect a model, set ", "$muted"),
            "ANTHROPIC_API_KEY",
            (" and start again; for a local server, give ", "$muted"),
            "--base-url",
            (" and ", "$muted"),
            "--model",
            (".\n\n", "$muted"),
            keys,
        )
