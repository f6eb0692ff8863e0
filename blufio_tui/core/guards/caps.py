"""Advice for a host result that exceeds its limit."""

from blufio_tui.core.capability import Actor, ActorKind


def cap_advice(actor: Actor) -> str:
    """The end of the sentence about a result that is too large; a skill's limit is set in its manifest."""
    if actor.kind is ActorKind.SKILL:
        return "; raise resources.response_kb in skill.toml if it needs more"
    return ""
