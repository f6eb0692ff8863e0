"""What the supervisor asks the program, and how an unanswered question leaves a handler."""

from dataclasses import dataclass

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One effect to be decided on by the program.

    Attributes:
        kind: `fs.read`, `fs.write`, `net` or `unix`.
        resource: path, or `host:port`.
        operation: what is wanted with it, for the person.
        never: why it is refused whatever anyone says, "" if it can be asked about; it is reported anyway.
    """

    kind: str
    resource: str
    operation: str
    why: str = ""
    never: str = ""

    @property
    def key(self) -> "Key":
        """With the reason: a yes to one configuration of git is none to another in the same place."""
        return (self.kind, self.resource, self.operation, self.why)


@dataclass(slots=True)
class Answer:
    allowed: bool
    addresses: tuple[str, ...] = ()
    reported: bool = False
    number: int = 0


class MustAsk(Exception):
    """The call cannot be answered yet; it is begun again with the answer."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.resource)
        self.question = question
