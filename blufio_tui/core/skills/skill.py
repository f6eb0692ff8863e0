"""An installed skill as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blufio_tui.core.manifest.manifest import Manifest

BUILT_IN_TOOLS = frozenset(
    {
        "ask_user",
        "bash",
        "edit",
        "file",
        "find",
        "find_tool",
        "http",
        "job_kill",
        "job_output",
        "load_skill",
        "plan",
        "read_result",
        "search",
        "task",
        "todo",
    }
)

RESERVED_NAMES = frozenset({"user", "model", "blufio", "blufio_tui"})
"""Nobody who reads the log is to take a skill for the person, the model or the program."""


class SkillKind(StrEnum):
    """`wasm` (also compiled from .wat), `script` (MicroPython) or `instructions` (SKILL.md only)."""

    WASM = "wasm"
    SCRIPT = "script"
    INSTRUCTIONS = "instructions"


class SkillStatus(StrEnum):
    VERIFIED = "verified"
    UNSIGNED = "unsigned"
    TAMPERED = "tampered"
    BUNDLED = "bundled"


@dataclass(frozen=True, slots=True)
class Skill:
    """
    Attributes:
        folder: where its files are.
        manifest: None for an instruction skill.
        content_hash: hex SHA-256 over the canonical list of all its files and their hashes.
        module_sha256: hex SHA-256 of the entry file, "" for an instruction skill.
        publisher: hex fingerprint of the signing key, "" if unsigned.
        allowed_tools: tools that an instruction skill expects to be allowed; None if it names none.
        is_hidden: an instruction skill that the model is not told of; the person starts it as `/name`.
        installed, updated: seconds since the epoch.
    """

    name: str
    version: str
    description: str
    kind: SkillKind
    status: SkillStatus
    folder: Path
    content_hash: str
    manifest: Manifest | None = None
    module_sha256: str = ""
    publisher: str = ""
    author: str = ""
    enabled: bool = True
    allowed_tools: tuple[str, ...] | None = None
    is_hidden: bool = False
    installed: float = 0.0
    updated: float = 0.0

    @property
    def tool_name(self) -> str:
        """The name the model calls it by: hyphens become underscores."""
        return self.name.replace("-", "_")

    @property
    def is_shadowed(self) -> bool:
        """Whether a built-in tool has its name: to a model, the words of the skill would describe that tool."""
        return self.tool_name.lower() in BUILT_IN_TOOLS
