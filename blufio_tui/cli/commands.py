"""The commands and what each does, known without loading any of them."""

COMMANDS = {
    "ask": "one turn without a screen",
    "skill": "use, install and write skills",
    "grants": "the answers you gave for longer than a session",
    "rules": "your own standing rules, and what they would have answered",
    "hooks": "commands of yours around tool calls, and trusting a project's",
    "audit": "everything that was decided and done, and whether the log is whole",
    "session": "stored conversations: list, search, export, delete",
    "secret": "values that skills may use without seeing them",
    "undo": "take back what a call changed in files",
    "replay": "run a recorded call again, from the record alone",
    "flow": "what of what a recorded call read reached what it sent",
    "why": "which effect wrote a file or a line of it, in which call, and who allowed it",
    "config": "show and change the configuration",
    "doctor": "say what works here and what to do about the rest",
    "serve": "open the app in a browser, on this machine only",
    "acp": "an agent for editors, on standard input and output",
    "mcp": "MCP servers: programs of others whose tools the model can use",
    "cage": "run one command in the cage",
}
"""In the order of the help. Each has its module in this package, which makes its parser with `add_parser`."""
