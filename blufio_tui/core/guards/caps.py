"""What to change when a host result is over its cap."""

from blufio_tui.core.capability import Actor, ActorKind


def cap_advice(actor: Actor) -> str:
    """The end of the sentence about a result that is too large; for a skill, its manifest says how much it takes."""
    if actor.kind is ActorKind.SKILL:
        return "; raise resources.response_kb in skill.toml if it needs more"
    return ""
