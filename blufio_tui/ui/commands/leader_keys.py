"""What the key after the leader does: one table for the panel, for help and for the documentation.

Everything that has a function key or an Alt key is here too: not every terminal passes those on.
"""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    PANES = "Panes"
    CHAT = "Conversation"
    SCREENS = "Screens"
    SESSION = "Session"
    GO = "Go to"


@dataclass(frozen=True, slots=True)
class LeaderKey:
    """
    Attributes:
        name: with `leader.` before it the id under `[ui.keys]`.
        action: a Textual action of the main screen, or with `app.` of the app.
        on_main: it acts on the main screen; screens above it are left first.
        stays: the panel stays open, for what one does several times.
    """

    name: str
    keys: str
    group: Group
    words: str
    help: str
    action: str
    on_main: bool = False
    stays: bool = False


def _pane(name: str, keys: str, words: str, help: str, action: str, *, stays: bool = False) -> LeaderKey:
    return LeaderKey(name, keys, Group.PANES, words, help, action, on_main=True, stays=stays)


def _chat(name: str, keys: str, words: str, help: str, action: str) -> LeaderKey:
    return LeaderKey(name, keys, Group.CHAT, words, help, action, on_main=True)


def _screen(name: str, keys: str, words: str, help: str) -> LeaderKey:
    return LeaderKey(name, keys, Group.SCREENS, words, help, f"app.open('{name}')")


LEADER_KEYS: tuple[LeaderKey, ...] = (
    _pane("chat", "c", "Conversation", "Go to the conversation", "show_pane('chat')"),
    _pane("trace", "t", "Trace", "Go to the trace", "show_pane('trace')"),
    _pane("audit_log", "l", "Audit log", "Go to the audit log", "show_pane('audit')"),
    _pane("prompt", "p", "Prompt", "Go to the prompt", "to_prompt"),
    _pane("zoom", "z", "Zoom", "Show the pane alone, or all panes again", "zoom"),
    _pane("hide_trace", "T", "Hide trace", "Hide or show the trace", "hide('trace')"),
    _pane("hide_audit", "L", "Hide audit log", "Hide or show the audit log", "hide('audit')"),
    _pane("narrower", "left", "Narrower", "Make the conversation narrower", "widen(-1)", stays=True),
    _pane("wider", "right", "Wider", "Make the conversation wider", "widen(1)", stays=True),
    _pane("less_trace", "up", "Less trace", "Give the trace less room", "share(-1)", stays=True),
    _pane("more_trace", "down", "More trace", "Give the trace more room", "share(1)", stays=True),
    _chat("above", "left_square_bracket", "Prompt above", "Choose the prompt above", "in_chat('choose(-1)')"),
    _chat("below", "right_square_bracket", "Prompt below", "Choose the prompt below", "in_chat('choose(1)')"),
    _chat("copy", "y", "Copy reply", "Copy what is chosen, else the last reply", "chat_action('copy_part')"),
    _chat("copy_turn", "Y", "Copy turn", "Copy the chosen turn, else the last", "chat_action('copy_turn')"),
    _chat("copy_code", "k", "Copy code", "Copy a code block of the reply", "chat_action('copy_code')"),
    _chat("select", "v", "Select lines", "Select lines of the conversation, to copy them", "in_chat('select_lines')"),
    _chat("find", "f", "Find", "Find words in the conversation", "app.find"),
    _chat("retry", "r", "Retry", "Ask for the last reply again", "app.retry"),
    _chat("rewind", "w", "Rewind", "Go back to an earlier prompt", "app.open('rewind')"),
    _chat("edit", "e", "Edit prompt", "Change the chosen prompt, else the last", "chat_action('edit')"),
    _chat("interrupt", "x", "Interrupt", "End the turn that runs", "app.interrupt"),
    _screen("skills", "s", "Skills", "Skills and what they may do"),
    _screen("audit", "a", "Audit search", "Search and verify the audit log"),
    _screen("grants", "g", "Grants", "Stored answers; take them back"),
    _screen("jobs", "b", "Jobs", "Commands in the background"),
    _screen("rules", "R", "Rules", "Your own standing rules"),
    _screen("mcp", "P", "MCP servers", "MCP servers and their tools"),
    _screen("cost", "u", "Cost", "What was used and spent"),
    _screen("settings", "comma", "Settings", "The configuration"),
    _screen("help", "question_mark", "Keys", "Every key, as it is now"),
    LeaderKey("new", "n", Group.SESSION, "New", "Start an empty conversation", "app.new_session", on_main=True),
    LeaderKey("sessions", "h", Group.SESSION, "Earlier ones", "Earlier conversations", "app.open('sessions')"),
    LeaderKey("model", "m", Group.SESSION, "Model", "Choose the model, connect another", "app.open('model')"),
    LeaderKey("mode", "M", Group.SESSION, "Mode", "Choose what happens without an answer", "app.open('mode')"),
    LeaderKey("editor", "o", Group.SESSION, "Editor", "Write the prompt in your editor", "app.edit_prompt", True),
    LeaderKey("quit", "q", Group.SESSION, "Quit", "End the program; everything is stored", "app.quit"),
    LeaderKey("jump", "j", Group.GO, "Anything in sight", "Put a label on everything that one can go to", "app.jump"),
    LeaderKey("approval", "i", Group.GO, "The approval", "Go to the approval that waits", "focus_approval", True),
    LeaderKey("palette", "colon", Group.GO, "A command", "Everything one can do, by name", "app.command_palette"),
)
