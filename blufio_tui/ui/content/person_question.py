"""What the model asks, and its plan, as lines of a card: behind a bar, so that its words are seen to be its own."""

from collections.abc import Sequence

from textual.content import Content

from blufio_tui.core.asking import AskedQuestion, PersonQuestion, ProposedPlan
from blufio_tui.core.text.display import folded_blanks, steady, visible
from blufio_tui.ui.state.choices import CardChoice
from blufio_tui.ui.text.code import folded_lines
from blufio_tui.ui.text.incremental import GrowingMarkdown

_BAR = Content.styled("▏ ", "$info")


def whose(question: PersonQuestion) -> str:
    """Who asks, in the program's words."""
    return f"the sub-agent {question.on_behalf}" if question.on_behalf else "the model"


def border_words(question: PersonQuestion) -> str:
    match question:
        case AskedQuestion():
            return f"A question from {whose(question)}"
        case ProposedPlan():
            return f"A plan from {whose(question)}"


def heading(question: PersonQuestion, *, is_changed: bool = False) -> Content:
    """What an answer does."""
    match question:
        case AskedQuestion():
            return Content.styled("Your answer is only words: it grants nothing.", "$muted")
        case ProposedPlan() if is_changed:
            return Content.styled("As you have changed it. Nothing has been done yet.", "$muted")
        case ProposedPlan():
            return Content.styled("Nothing has been done yet. Approving it sets the mode you choose.", "$muted")


def body(question: PersonQuestion, width: int, *, plan: str = "") -> list[Content]:
    """
    Args:
        plan: the plan as the person has changed it, "" for the model's.
    """
    inner = max(width - 2, 8)
    match question:
        case AskedQuestion(text=text):
            wrapped = Content(visible(steady(folded_blanks(text.strip())))).wrap(inner)
            lines = folded_lines(wrapped, inner)
        case ProposedPlan(markdown=markdown):
            lines = GrowingMarkdown(plan or markdown, finished=True).lines(inner)
    return [Content.assemble(_BAR, line) for line in lines]


def listed(choices: Sequence[CardChoice], selected: int, width: int) -> list[list[Content]]:
    """For each answer its lines: the key, and the answer whole."""
    blocks = []
    for index, choice in enumerate(choices):
        mark = Content.styled("▸", "bold $accent") if index == selected else Content(" ")
        text = folded_lines(Content(choice.title).wrap(max(width - 3, 8)), max(width - 3, 8))
        style = "bold $ok" if choice.allows else "bold $bad"
        heads = [Content.assemble(mark, (choice.letter, style), " "), *[Content("   ")] * (len(text) - 1)]
        lines = [Content.assemble(head, line) for head, line in zip(heads, text, strict=True)]
        if index == selected:
            lines = [line.pad_right(max(width - line.cell_length, 0)).stylize_before("on $selection") for line in lines]
        blocks.append(lines)
    return blocks
