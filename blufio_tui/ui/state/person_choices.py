"""The answers to what the model asks, each with its key. None of them grants anything; an approved plan sets a mode."""

from dataclasses import dataclass

from blufio_tui.core.asking import PLAN_MODES, AskedQuestion, PersonQuestion, ProposedPlan
from blufio_tui.core.capability import Mode
from blufio_tui.core.text.display import visible_line


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """
    Attributes:
        text: the answer for the model, "" if the person writes their own.
        mode: of an approval, the mode it sets.
        edits: the person's editor is opened first.
    """

    letter: str
    title: str
    stores: str
    allows: bool = True
    needs_reason: bool = False
    text: str = ""
    mode: Mode | None = None
    edits: bool = False

    @property
    def lasts(self) -> bool:
        """A mode holds until it is changed."""
        return self.mode is not None


_NO_ANSWER = PersonChoice("n", "No answer", "Close the question; the model continues without an answer", allows=False)
_OWN_WORDS = PersonChoice("t", "Type an answer", "Answer in your own words", needs_reason=True)
_REFUSE = PersonChoice("n", "Refuse", "Refuse the plan; the mode stays plan", allows=False)
_REFUSE_WHY = PersonChoice(
    "r", "Refuse, say why", "Refuse; your sentence goes to the model", allows=False, needs_reason=True
)
_CHANGE = PersonChoice("c", "Change it", "Open the plan in your editor; nothing is approved yet", edits=True)
_APPROVE = {
    Mode.ASK: ("y", "Approve", "approve the plan; the mode is then ask: each change needs approval as usual"),
    Mode.ACCEPT_EDITS: (
        "e",
        "Approve, edit freely",
        "approve the plan; the mode is then accept-edits: ordinary files of the project are edited without asking",
    ),
}


def person_choices(question: PersonQuestion) -> list[PersonChoice]:
    """No answer, or the refusal, first."""
    match question:
        case AskedQuestion():
            return [_NO_ANSWER, *_options(question), _OWN_WORDS]
        case ProposedPlan():
            return [_REFUSE, *(_approval(mode) for mode in PLAN_MODES), _CHANGE, _REFUSE_WHY]


def _options(question: AskedQuestion) -> list[PersonChoice]:
    return [
        PersonChoice(str(number), visible_line(option), f"Answer {visible_line(option)}", text=option)
        for number, option in enumerate(question.options, start=1)
    ]


def _approval(mode: Mode) -> PersonChoice:
    letter, title, means = _APPROVE[mode]
    return PersonChoice(letter, title, means, mode=mode)
