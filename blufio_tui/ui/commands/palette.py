"""Everything that can be done by name: one table for the palette and for slash commands."""

from dataclasses import dataclass

from blufio_tui.ui.commands.slash import Invocation


@dataclass(frozen=True, slots=True)
class Command:
    """
    Attributes:
        action: a Textual action of the app.
    """

    title: str
    help: str
    action: str


COMMANDS: tuple[Command, ...] = (
    Command("New session", "Start an empty conversation", "app.new_session"),
    Command("Sessions", "Search, open, rename, export and delete conversations", "app.open('sessions')"),
    Command("Rewind", "Go back to an earlier prompt; what came after stays as a branch", "app.open('rewind')"),
    Command("Retry", "Ask for the last reply again", "app.retry"),
    Command("Compact", "Sum the conversation up to make room", "app.compact"),
    Command("Skills", "What is installed and what each may do", "app.open('skills')"),
    Command("Audit log", "Search and verify everything that was decided", "app.open('audit')"),
    Command("Grants", "Stored answers, and taking them back", "app.open('grants')"),
    Command("Rules", "Your own standing rules, and what each would have answered", "app.open('rules')"),
    Command("MCP servers", "Their tools, their state, what they printed", "app.open('mcp')"),
    Command("Jobs", "Commands in the background, and ending them", "app.open('jobs')"),
    Command("Cost", "What was spent, by session, day and model", "app.open('cost')"),
    Command("Settings", "See and change the configuration", "app.open('settings')"),
    Command("Theme", "Choose the colours, with a preview", "app.open('theme')"),
    Command("Connect a model", "An API key or a server; try, switch and remove connections", "app.open('connect')"),
    Command("Model", "Choose the model, and how long it may think", "app.open('model')"),
    Command("Mode", "Choose what happens to effects that nothing else decides", "app.open('mode')"),
    Command("Mode: ask", "Ask about what nothing else decides", "app.mode('ask')"),
    Command("Mode: accept edits", "Edit ordinary files of the project without asking", "app.mode('accept-edits')"),
    Command("Mode: plan", "Look and plan: nothing is changed", "app.mode('plan')"),
    Command("Mode: read-only", "Ask about reading, deny whatever could change something", "app.mode('read-only')"),
    Command("Mode: deny", "Deny what nothing else decides", "app.mode('deny')"),
    Command("Mode: allow all", "Allow everything that no rule forbids", "app.mode('allow-all')"),
    Command("Keys", "Every key that works, and its id for the configuration", "app.open('help')"),
    Command("Leader", "The keys that may follow the leader key", "app.leader"),
    Command("Jump", "Put a label on everything in sight, and go to one", "app.jump"),
    Command("Copy turn", "The chosen prompt and what came of it, else the last", "chat_action('copy_turn')"),
    Command("Copy code block", "Of the chosen reply, else of the last", "chat_action('copy_code')"),
    Command("Select lines", "Of the conversation, to copy them", "in_chat('select_lines')"),
    Command("Undo", "Take back what the last call changed in files", "app.slash_undo('')"),
    Command("Doctor", "What works here, and what to do about what does not", "app.doctor"),
    Command("Edit prompt", "Write the prompt in your editor", "app.edit_prompt"),
    Command("Copy last reply", "To the clipboard", "app.copy_reply(0)"),
    Command("Find in conversation", "Highlight and jump between matches", "app.find"),
    Command("Zoom pane", "Show one pane alone, or all again", "zoom"),
    Command("Hide or show trace", "More room for the rest", "hide('trace')"),
    Command("Hide or show audit log", "More room for the rest", "hide('audit')"),
    Command("Quit", "Everything is stored", "app.quit"),
)

_ACTIONS = {
    "help": "open('help')",
    "new": "new_session",
    "rewind": "open('rewind')",
    "retry": "retry",
    "compact": "compact",
    "cost": "open('cost')",
    "grants": "open('grants')",
    "confirm": "confirm_changes",
    "instructions": "instructions",
    "jobs": "open('jobs')",
    "mcp": "open('mcp')",
    "rules": "open('rules')",
    "doctor": "doctor",
    "quit": "quit",
}

_WITH_ARGUMENT = {
    "resume",
    "sessions",
    "connect",
    "model",
    "thinking",
    "mode",
    "copy",
    "export",
    "skills",
    "run",
    "audit",
    "theme",
    "settings",
    "undo",
}


def action_for(invocation: Invocation) -> tuple[str, tuple[str, ...]]:
    """The app's action for a slash command, and its arguments."""
    name = invocation.command.name
    if name in _WITH_ARGUMENT:
        return f"slash_{name}", (invocation.argument,)
    action, _, argument = _ACTIONS[name].partition("(")
    return action, (argument.strip("')"),) if argument else ()
