"""The permission modes in words."""

from blufio_tui.core.capability import Mode

MODES_IN_WORDS = {
    Mode.ASK: "You are asked about everything that no rule, manifest or stored answer decides.",
    Mode.ACCEPT_EDITS: "The built-in tools edit ordinary files of the project without asking. Files that hold "
    "credentials or that other programs act on still need approval, and so does everything else.",
    Mode.PLAN: "For looking and planning: nothing is changed, not even if a rule or a stored answer allows it. The "
    "model presents a plan; approving it sets the mode.",
    Mode.READ_ONLY: "Reading needs approval as in ask; whatever could change something is denied, even if a manifest "
    "allows it.",
    Mode.DENY: "Everything that no rule, manifest or stored answer decides is denied; you are not asked. A manifest "
    "permits no changes.",
    Mode.ALLOW_ALL: "You are not asked: tools and skills may do whatever no rule forbids. You confirm this mode once, "
    "and the status bar stays red.",
}
"""In the order in which they are offered."""

MODES_IN_BRIEF = {
    Mode.ASK: "Ask about what nothing else decides",
    Mode.ACCEPT_EDITS: "Edit ordinary files of the project without asking",
    Mode.PLAN: "Look and plan: nothing is changed",
    Mode.READ_ONLY: "Ask about reading, deny whatever could change something",
    Mode.DENY: "Deny what nothing else decides",
    Mode.ALLOW_ALL: "Allow everything that no rule forbids",
}
