"""Where the program keeps its files. `BLUFIO_HOME` moves all of them together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SIDE_FILES = ("-wal", "-shm", "-journal", "-reserve")
"""What lies beside the database: `-journal` where a disk shares no memory, `-reserve` for when the disk is full."""


@dataclass(frozen=True, slots=True)
class Paths:
    """
    Attributes:
        config: folder of what a person edits (config.toml, grants.toml, themes).
        data: folder of what the program writes (database, skills, history).
        cache: folder of what can be made again (compiled modules).
    """

    config: Path
    data: Path
    cache: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Paths":
        """`BLUFIO_HOME` when set, else the platform's own places."""
        if home := environ.get("BLUFIO_HOME"):
            root = Path(home).expanduser().absolute()
            return cls(root, root, root / "cache")
        from platformdirs import PlatformDirs

        places = PlatformDirs("blufio-tui", appauthor=False)
        return cls(Path(places.user_config_dir), Path(places.user_data_dir), Path(places.user_cache_dir))

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def grants_file(self) -> Path:
        return self.config / "grants.toml"

    @property
    def themes(self) -> Path:
        return self.config / "themes"

    @property
    def skills(self) -> Path:
        return self.data / "skills"

    @property
    def database(self) -> Path:
        return self.data / "blufio.db"

    @property
    def toolchains_file(self) -> Path:
        """What the person leaves free in the cage."""
        return self.config / "toolchains.toml"

    @property
    def screen_memory(self) -> Path:
        """What the screen remembers."""
        return self.data / "screen.json"

    @property
    def history(self) -> Path:
        return self.data / "history"

    @property
    def drafts(self) -> Path:
        return self.data / "drafts"

    @property
    def outputs(self) -> Path:
        """Folder of the long outputs of commands."""
        return self.data / "outputs"

    @property
    def kept(self) -> Path:
        """Folder of the old content of files that a running command changes."""
        return self.data / "kept"

    @property
    def effects(self) -> Path:
        """Folder of the full lists of what commands did."""
        return self.data / "effects"

    @property
    def undo(self) -> Path:
        """Folder of the old content of files that calls changed."""
        return self.data / "undo"

    @property
    def log_file(self) -> Path:
        return self.data / "blufio.log"

    @property
    def replaced_files(self) -> tuple[Path, ...]:
        """What is replaced as a whole, so that a program that is killed may leave half of it beside it."""
        single = (self.config_file, self.grants_file, self.history, self.database, *self.hook_files)
        servers = (self.trusted_servers, self.server_pins, self.server_logins)
        return (*single, *servers, self.keys / "credentials.json", self.keys / "secrets.toml")

    @property
    def hook_files(self) -> tuple[Path, Path]:
        """The person's own hooks, and which of the projects' are trusted."""
        return self.config / "hooks.json", self.config / "trusted-hooks.json"

    @property
    def instruction_files(self) -> tuple[Path, Path]:
        """The person's own instructions for every model, and which of the projects' are trusted."""
        return self.config / "AGENTS.md", self.config / "trusted-instructions.json"

    @property
    def trusted_skills(self) -> Path:
        """Which projects' instruction skills are trusted."""
        return self.config / "trusted-skills.json"

    @property
    def trusted_servers(self) -> Path:
        """Which projects' MCP servers are trusted."""
        return self.config / "trusted-servers.json"

    @property
    def server_pins(self) -> Path:
        """The definitions of the tools of MCP servers, as the person knows them."""
        return self.data / "server-tools.json"

    @property
    def server_logins(self) -> Path:
        """Tokens of remote MCP servers, where there is no keyring."""
        return self.keys / "mcp-logins.json"

    @property
    def keys(self) -> Path:
        """Folder of private keys (audit, signing, stored credentials), mode 0700."""
        return self.config / "keys"

    @property
    def audit_key(self) -> Path:
        return self.keys / "audit.key"

    @property
    def audit_signing_key(self) -> Path:
        return self.keys / "audit-signing.json"

    @property
    def audit_marks(self) -> tuple[Path, ...]:
        """Say that an audit log was begun, away from the log and from its key."""
        return (self.config / "audit-begun", self.data / "audit-begun", self.cache / "audit-begun")

    @property
    def deciding_files(self) -> tuple[Path, ...]:
        """What decides about tools and skills; of `grants.toml`, more is asked where it is read."""
        instructions, trusted = self.instruction_files
        single = (self.config_file, self.toolchains_file, self.database, self.keys, self.skills)
        trust = (trusted, self.trusted_servers, self.trusted_skills, self.server_pins)
        return (*single, *self.hook_files, instructions, *trust)

    @property
    def own_files(self) -> tuple[Path, ...]:
        """What no tool and no skill may ever read or write, whoever grants it.

        The folder of installed skills is among them: a skill must not rewrite another.
        """
        single = (self.database, self.grants_file, self.config_file, self.history, self.log_file)
        side = tuple(self.database.with_name(self.database.name + end) for end in SIDE_FILES)
        return (
            *single,
            *side,
            *self.audit_marks,
            self.toolchains_file,
            self.screen_memory,
            self.drafts,
            self.undo,
            self.kept,
            self.effects,
            self.keys,
            self.skills,
            self.cache,
            self.themes,
            self.outputs,
            *self.hook_files,
            *self.instruction_files,
            self.trusted_servers,
            self.trusted_skills,
            self.server_pins,
            self.instruction_files[1].with_suffix(""),
        )


def from_project(written: str, project: Path) -> Path:
    """A folder as a person wrote it: `~` is their home, a relative one is below the project."""
    return (project / Path(written).expanduser()).resolve()
