"""The user's own standing rules, from `[[policy.rules]]` in config.toml."""

from dataclasses import dataclass

from blufio_tui.core.capability import Kind, Verdict


@dataclass(frozen=True, slots=True)
class UserRule:
    """One rule a person wrote.

    Attributes:
        verdict: ALLOW or DENY; a deny beats every allow.
        kind: the capability kind it is about.
        target: a path (a folder covers what is below it), a host pattern, an environment key, a command; `*` is any.
        actor: the tool's or skill's name, `*` for all of them.
    """

    verdict: Verdict
    kind: Kind
    target: str
    actor: str = "*"
