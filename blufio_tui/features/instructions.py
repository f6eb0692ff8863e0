"""The instructions that go into the prompt: the person's own, and those of the project that the person trusts."""

from collections.abc import Sequence

from blufio_tui.adapters.config.instructions import InstructionFiles
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.instructions import Instructions


class Told:
    """
    Args:
        answer: `trust` or `ignore` the project's for this run, "" for what the person answered before.
    """

    def __init__(self, files: InstructionFiles, answer: str, audit: AuditLog) -> None:
        self._files = files
        self._answer = answer
        self._audit = audit
        self._found = files.find()

    def texts(self) -> Sequence[tuple[str, str]]:
        """Whose, and the text; as they were when they were trusted or the program started."""
        told = [("the person", self._found.own)] if self._found.own.strip() else []
        if self._found.file is not None and self._is_used:
            told.append((f"the project ({self._found.file.name})", self._found.text))
        return told

    def remarks(self) -> tuple[str, ...]:
        return () if self._answer else self._found.remarks

    @property
    def _is_used(self) -> bool:
        return self._answer == "trust" or (self._answer != "ignore" and self._found.is_trusted)

    async def waiting(self) -> Instructions | None:
        """The project's as they are now, when they are not trusted."""
        found = self._files.find()
        return found if found.file is not None and not found.is_trusted else None

    async def trust(self, shown: Instructions) -> None:
        """Use what was shown from the next request on, here and at later starts. The row comes first.

        Raises:
            ConfigError, StorageError: it could not be recorded or stored; nothing is trusted.
        """
        await self._audit.append(
            AuditEntry(
                RowType.CHANGE,
                "change",
                str(shown.file),
                actor="user",
                outcome="ok",
                detail=f"instructions trusted, SHA-256 {shown.digest}",
            )
        )
        self._files.trust(shown)
        self._answer = "trust"
        self._found = shown
