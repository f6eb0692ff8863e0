"""What a command is: one value with everything that leads to it."""

from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding


class Scope(StrEnum):
    """Where the keys of a command are heard. The words are those of the keys page."""

    APP = "everywhere"
    MAIN = "main screen"
    PROMPT = "prompt"


class Group(StrEnum):
    """The rows of the leader panel, from above."""

    PANES = "Panes"
    CHAT = "Conversation"
    SCREENS = "Screens"
    SESSION = "Session"
    GO = "Go to"


@dataclass(frozen=True, slots=True)
class Leader:
    """The key after the leader key.

    Attributes:
        keys: with commas between them, as in every binding.
        name: `leader.NAME` is the id under `[ui.keys]`; "" for the last word of the command's own id.
        words: a shorter title for the panel, "" for the command's own.
        stays: the panel stays open, for what one does several times.
    """

    keys: str
    group: Group
    name: str = ""
    words: str = ""
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Slash:
    """The name after `/`.

    Attributes:
        argument: what may follow, for the hint: `NAME` is required, `[NAME]` may be left out, "" takes nothing.
        choices: the arguments there are when they are known beforehand.
        also: other names that people know from elsewhere; they are understood, and listed with the command.
    """

    name: str
    argument: str = ""
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.argument}".rstrip()

    @property
    def needs_argument(self) -> bool:
        return bool(self.argument) and not self.argument.startswith("[")


@dataclass(frozen=True, slots=True)
class Command:
    """Something that can be done by name.

    Attributes:
        id: under `[ui.keys]` the name of its key.
        title: a few words, for the palette, the footer and the leader panel.
        help: one line, for the palette, the completions, the keys page and the documentation.
        does: the method that does it, as a way from the app: `sessions.start_new`, `main.zoom`.
        arguments: what the method is given; what was typed after the slash name comes last.
        screen: the module of `ui/screens` whose screen it opens, "" if it opens none.
        keys: by default, "" for none.
        scope: where those keys are heard.
        shown: in the footer.
        priority: the keys come before those of whatever has the focus.
        on_main: done by name from another screen, that screen is left first.
        in_palette: False for what makes no sense there.
    """

    id: str
    title: str
    help: str
    does: str
    arguments: tuple[str | int, ...] = ()
    screen: str = ""
    keys: str = ""
    scope: Scope = Scope.APP
    leader: Leader | None = None
    slash: Slash | None = None
    shown: bool = False
    priority: bool = False
    on_main: bool = False
    in_palette: bool = True

    @property
    def leader_id(self) -> str:
        """The id of the key after the leader key."""
        name = self.leader.name if self.leader is not None else ""
        return f"leader.{name or self.id.rpartition('.')[2]}"

    @property
    def short_title(self) -> str:
        """As the leader panel says it."""
        return (self.leader.words if self.leader is not None else "") or self.title

    @property
    def is_offered(self) -> bool:
        """Whether the palette lists it: nothing can be typed after a name there."""
        return self.in_palette and not (self.slash is not None and self.slash.needs_argument)

    def binding(self, namespace: str = "") -> Binding:
        """Its own keys, for whatever hears them: `action_command` there (or with `app.` of the app) is given the id."""
        action = f"{namespace}command('{self.id}')"
        return Binding(
            self.keys, action, self.title, id=self.id, tooltip=self.help, show=self.shown, priority=self.priority
        )

    def leader_binding(self) -> Binding:
        """For the panel. With priority, so that keys typed faster than the panel opens still reach it, and it alone."""
        keys = self.leader.keys if self.leader is not None else ""
        action = f"take('{self.id}')"
        return Binding(keys, action, self.short_title, id=self.leader_id, tooltip=self.help, priority=True)
