"""The commands, what each does and which of the shared options matter to it, known without loading any of them."""

SHARED = ("model", "base_url", "mode", "project", "instructions", "offline")
"""Options that every command takes, so that it does not matter where they stand."""

_EFFECTS = ("mode", "project")
_MATTER = {
    "ask": SHARED,
    "skill": _EFFECTS,
    "rules": ("project",),
    "hooks": ("project",),
    "audit prove": ("project",),
    "session": ("project",),
    "undo": _EFFECTS,
    "doctor": SHARED,
    "serve": SHARED,
    "acp": SHARED,
    "mcp": _EFFECTS,
    "cage": _EFFECTS,
}

COMMANDS = {
    "ask": "one turn without a screen",
    "skill": "use, install and write skills",
    "grants": "stored answers that outlast a session",
    "rules": "your own rules, and what they would have answered",
    "hooks": "your commands around tool calls, and trusting a project's hooks",
    "audit": "the log of everything that was decided and done, and checking it",
    "session": "stored conversations: list, search, export, delete",
    "secret": "secrets that skills may use without seeing them",
    "undo": "revert what a call changed in files",
    "replay": "replay a recorded call from its record alone",
    "flow": "which of the data a recorded call read reached what it sent",
    "why": "which effect of which call wrote a file or line, and who allowed it",
    "config": "show and change the configuration",
    "doctor": "check what works here and how to fix the rest",
    "serve": "open the app in a browser, on this machine only",
    "acp": "an agent for editors, on standard input and output",
    "mcp": "MCP servers: other programs whose tools the model can use",
    "cage": "run one command in the cage",
}
"""In the order of the help. Each has its module in this package, which makes its parser with `add_parser`."""


def shared_options_of(words: str) -> tuple[str, ...]:
    """The shared options that make a difference to a command (`audit prove`), which are those that its help lists."""
    command, _, action = words.partition(" ")
    return _MATTER.get(f"{command} {action}") or _MATTER.get(command, ())
