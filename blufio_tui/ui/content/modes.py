"""The permission modes in words."""

from blufio_tui.core.capability import Mode

MODES_IN_WORDS = {
    Mode.ASK: "You are asked about everything that no rule, manifest or stored answer decides.",
    Mode.ACCEPT_EDITS: "The built-in tools edit ordinary files of the project without asking. Files that hold "
    "credentials or that other programs obey are asked about, and so is everything else.",
    Mode.PLAN: "For looking and planning: nothing is changed, not even by what a rule or a stored answer allows. The "
    "model shows a plan, and your approval of it sets the mode.",
    Mode.READ_ONLY: "Reading is asked about as in ask; whatever could change something is denied, a manifest or not.",
    Mode.DENY: "Everything that no rule, manifest or stored answer decides is denied. You are not asked. A manifest "
    "lets nothing be changed.",
    Mode.ALLOW_ALL: "Nothing is asked: tools and skills may do whatever no rule forbids. You are asked whether you "
    "mean it, and the status bar stays red.",
}
"""In the order in which they are offered."""
