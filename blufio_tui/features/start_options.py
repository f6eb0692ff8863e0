"""What the command line says about the run, as one value: everything behind the command line takes this."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StartOptions:
    """
    Attributes:
        project: the project folder, None for where we are.
        model, base_url: what answers in this run, None for what is configured.
        mode: the permission mode to start with, None for the configured one.
        offline: the offline guide answers.
        instructions: `trust` or `ignore` the project's for this run, "" for what was answered before.
        on_denial: what happens to questions where nobody can be asked: `deny`, `allow` or `ask`; None for `deny`.
        resume: the id of a stored session to go on with, or its beginning; None for none.
        continue_last: go on with the project's last session.
    """

    project: Path | None = None
    model: str | None = None
    base_url: str | None = None
    mode: str | None = None
    offline: bool = False
    instructions: str = ""
    on_denial: str | None = None
    resume: str | None = None
    continue_last: bool = False


@dataclass(frozen=True, slots=True)
class CageOptions:
    """One command for the cage, and what the command line lets it do.

    Attributes:
        words: the command and its arguments.
        read, write: free to read, or to change, beside the project.
        net: hosts that it is free to connect to, with a port or without.
        cwd: the folder to run it in, None for the project.
        as_json: one object at the end instead of the command's own output.
    """

    start: StartOptions
    words: tuple[str, ...]
    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()
    net: tuple[str, ...] = ()
    cwd: Path | None = None
    as_json: bool = False
