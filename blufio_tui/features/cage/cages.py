"""The cage as configured: which commands run in it, and why some do not."""

from collections.abc import Callable, Iterable
from pathlib import Path

from blufio_tui.adapters.cage.program_side.cage import CagePool
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.cage.program_side.runner import CagedRunner, Premises
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.cage.keeper import CommandKeeper
from blufio_tui.core.cage.profile import Denial
from blufio_tui.core.capability import Mode, Verdict
from blufio_tui.core.errors import HostError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.running import CommandRunner
from blufio_tui.core.settings.schema import CommandSettings

_FILES = ("fs.read", "fs.write")
READS_ONLY = frozenset({"read-only", "deny", "plan"})
"""Modes in which a caged command cannot change the project."""


def premises_of(
    paths: Paths,
    where: Places,
    own: Iterable[Path],
    *,
    read: tuple[str, ...] = (),
    write: tuple[str, ...] = (),
) -> Premises:
    """`own` is what no command may touch (see `untouchable`)."""
    return Premises(
        project=where.project,
        home=where.home,
        protected=tuple(map(str, own)),
        overrides=paths.toolchains_file,
        kept=paths.kept,
        listings=paths.effects,
        read=read,
        write=write,
    )


def file_denials(rules: tuple[UserRule, ...], actor: str, grants: tuple[Grant, ...] = ()) -> tuple[Denial, ...]:
    """The denials of files that hold for a tool, as rules and as stored answers: what they name is never free."""
    answers = tuple(
        Denial(str(grant.kind), "*" if grant.scope is Scope.KIND else grant.pattern)
        for grant in grants
        if grant.verdict is Verdict.DENY and grant.kind in _FILES and grant.actor_name == actor
    )
    return answers + tuple(
        Denial(_FILES[0] if rule.kind == "model" else str(rule.kind), rule.target)
        for rule in rules
        if rule.verdict is Verdict.DENY
        and (rule.kind in _FILES or (rule.kind == "model" and actor != "cage"))
        and rule.actor in ("*", actor)
    )


class Cages:
    """Implements `CageChoice`.

    Args:
        settings, mode, rules, grants: as they stand now.
    """

    def __init__(
        self,
        premises: Premises,
        audit: AuditLog,
        settings: Callable[[], CommandSettings],
        mode: Callable[[], Mode],
        rules: Callable[[], tuple[UserRule, ...]],
        *,
        grants: Callable[[], tuple[Grant, ...]] = lambda: (),
        keeper: CommandKeeper | None = None,
        actor: str = "bash",
    ) -> None:
        self.pool = CagePool()
        self._settings = settings
        self._failure = ""
        self.caged = CagedRunner(
            self.pool,
            premises,
            audit,
            denials=lambda: file_denials(rules(), actor, grants()),
            writes=lambda: mode().value not in READS_ONLY,
            keeper=keeper,
            failed=self.note_failure,
        )

    @property
    def is_required(self) -> bool:
        """Nothing runs without the cage."""
        return self._settings().cage == "required"

    def note_failure(self, why: str) -> None:
        if why.startswith("no cage could be made"):
            self._failure = why

    @property
    def why_not(self) -> str:
        """Why commands are not caged, for the card, the status line and `doctor`; "" if they are."""
        if self._settings().cage == "off":
            return "commands.cage is off"
        if self._settings().ask == "commands":
            return 'commands.ask is "commands"'
        return self._failure or why_not()

    @property
    def asks_by_effect(self) -> bool:
        return self._settings().ask == "effects"

    def run_unasked(self) -> bool:
        """Whether commands run in the cage without approval; their effects beyond the project need it."""
        return self.asks_by_effect and not self.why_not

    def runner(self) -> CommandRunner | None:
        """As `CageChoice.runner`: a command that is asked about as a whole, and no more, runs without the cage."""
        settings, why = self._settings(), self.why_not
        if why and settings.cage == "required":
            raise HostError(f'not caged: {why}; commands.cage is "required", so the command does not run')
        return None if why else self.caged

    def always(self) -> CommandRunner:
        """As `CageChoice.always`."""
        if why := self._failure or why_not():
            raise HostError(f"not caged: {why}; so the command does not run")
        return self.caged

    def close(self) -> None:
        self.pool.close()
