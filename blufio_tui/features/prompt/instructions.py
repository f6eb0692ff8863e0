"""The instructions that go into the prompt: the person's own, and those of the project that the person trusts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.config.instructions import InstructionFiles
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.instructions import Instructions

_MOST_NESTED_CHARS = 64 * 1024


class Told:
    """
    Args:
        answer: `trust` or `ignore` the project's for this run, "" for what the person answered before.
    """

    def __init__(self, files: InstructionFiles, answer: str, audit: AuditLog, project: Path) -> None:
        self._files = files
        self._answer = answer
        self._audit = audit
        self._project = project
        self._found = files.find()
        # "Trust" is said of what is there now: what a tool writes later must not become instructions by it.
        self._at_start = files.digests_below() if answer == "trust" else {}
        self._nested: dict[Path, Instructions] = {}

    def texts(self) -> Sequence[tuple[str, str]]:
        """Whose, and the text; as they were when they were trusted, first met, or the program started."""
        told = [("the person", self._found.own)] if self._found.own.strip() else []
        if self._found.file is not None and self._is_used(self._found):
            told.append((f"the project ({self._found.file.name})", self._found.text))
        for folder, nested in sorted(self._nested.items()):
            if nested.file is not None and self._is_used(nested):
                below = folder.relative_to(self._project)
                told.append((f"the project for what is below {below}/ ({nested.file.name})", nested.text))
        return told

    def remarks(self) -> tuple[str, ...]:
        return () if self._answer else self._found.remarks

    async def visited(self, paths: Sequence[str]) -> Sequence[str]:
        """Tools touched these: read the instructions of the folders they are in; what the person should know of it."""
        return await asyncio.to_thread(self._visited, paths)

    def _visited(self, paths: Sequence[str]) -> list[str]:
        said: list[str] = []
        for path in paths:
            for folder in self._files.folders_to(Path(path)):
                if folder not in self._nested:
                    said += self._met(folder)
        return said

    def _met(self, folder: Path) -> Sequence[str]:
        found = self._files.in_folder(folder)
        used = sum(len(nested.text) for nested in self._nested.values() if self._is_used(nested))
        if found.file is not None and self._is_used(found) and used + len(found.text) > _MOST_NESTED_CHARS:
            self._nested[folder] = Instructions()
            return [f"{found.file}: the instructions of folders are over 64 KiB together, so these are left out"]
        self._nested[folder] = found
        return () if self._answer else found.remarks_in(self._project)

    def _is_used(self, found: Instructions) -> bool:
        if self._answer == "trust":
            file = found.file
            return found is self._found or (file is not None and self._at_start.get(file.parent) == found.digest)
        return self._answer != "ignore" and found.is_trusted

    async def waiting(self) -> Instructions | None:
        """The project's as they are now, else those of a folder, when they are not trusted."""
        found = await asyncio.to_thread(self._files.find)
        if found.file is not None and not found.is_trusted:
            return found
        for folder, nested in sorted(self._nested.items()):
            if nested.file is not None and not nested.is_trusted:
                return await asyncio.to_thread(self._files.in_folder, folder)
        return None

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
        trusted = replace(shown, is_trusted=True)
        if self._answer == "ignore":
            self._answer = ""
        if shown.file is not None:
            self._at_start[shown.file.parent] = shown.digest
        if shown.file is not None and shown.file.parent != self._project:
            self._nested[shown.file.parent] = trusted
        else:
            self._found = trusted
