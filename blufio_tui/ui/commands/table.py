"""Every command of the program, once. Slash commands and their completion, the palette, the keys that work everywhere
or on the main screen, the leader panel, the help screen and the keys page are all made from this table.

A new command is one entry here. A new screen is an entry with `screen`, and a module in `ui/screens` with a function
`open_screen(host, query)`. What only one widget hears (the arrows of a list) is a binding of that widget.

Everything with a function key or an Alt key has a leader key, too: not every terminal passes those on.
"""

from textual.binding import Binding

from blufio_tui.core.capability import Mode
from blufio_tui.ui.commands.command import Command, Group, Leader, Scope, Slash


def _screen(
    id: str,
    title: str,
    help: str,
    screen: str,
    *,
    keys: str = "",
    leader: Leader | None = None,
    slash: Slash | None = None,
    shown: bool = False,
    on_main: bool = False,
) -> Command:
    """What is typed after its slash name is the screen's query."""
    return Command(
        id,
        title,
        help,
        "screens.open",
        (screen,),
        screen,
        keys=keys,
        leader=leader,
        slash=slash,
        shown=shown,
        on_main=on_main,
    )


def _pane(
    id: str, title: str, help: str, keys: str, does: str, *arguments: str | int, leader: Leader | None = None
) -> Command:
    return Command(id, title, help, f"main.{does}", arguments, keys=keys, scope=Scope.MAIN, leader=leader, on_main=True)


def _pane_key(id: str, title: str, help: str, keys: str, pane: str) -> Command:
    return Command(id, title, help, "main.action_pane", (pane,), keys=keys, scope=Scope.MAIN, in_palette=False)


def _chat(id: str, title: str, help: str, does: str, action: str, leader: Leader) -> Command:
    return Command(id, title, help, f"main.{does}", (action,), scope=Scope.MAIN, leader=leader, on_main=True)


def _mode(mode: Mode, title: str, help: str) -> Command:
    return Command(f"mode.{mode.value}", title, help, "modes.choose", (mode.value,))


COMMANDS: tuple[Command, ...] = (
    _screen(
        "app.help",
        "Keys",
        "Every key and command, as they are now",
        "help",
        keys="f1",
        leader=Leader("question_mark", Group.SCREENS),
        slash=Slash("help", "[COMMAND]"),
        shown=True,
    ),
    Command(
        "app.palette",
        "Commands",
        "Everything one can do, by name",
        "action_command_palette",
        keys="ctrl+p",
        leader=Leader("colon", Group.GO, words="A command"),
        shown=True,
        in_palette=False,
    ),
    Command(
        "app.leader",
        "Leader",
        "Show the keys that may follow; one of them does it",
        "navigation.leader",
        keys="ctrl+g",
        shown=True,
        priority=True,
    ),
    Command(
        "app.jump",
        "Jump",
        "Put a label on everything in sight; typing one goes there",
        "navigation.jump",
        keys="ctrl+t",
        priority=True,
        leader=Leader("j", Group.GO, words="Anything in sight"),
    ),
    # ── sessions and the model ─────────────────────────────────────────────────────────────────────
    Command(
        "app.new",
        "New session",
        "Start an empty conversation",
        "sessions.start_new",
        keys="ctrl+n",
        on_main=True,
        leader=Leader("n", Group.SESSION, words="New"),
        slash=Slash("new"),
    ),
    Command(
        "session.resume",
        "Resume",
        "Go on with an earlier session",
        "sessions.resume",
        slash=Slash("resume", "[SESSION]"),
        in_palette=False,
    ),
    _screen(
        "app.sessions",
        "Sessions",
        "Search, open, rename, export and delete conversations",
        "sessions",
        keys="f7",
        leader=Leader("h", Group.SESSION, words="Earlier ones"),
        slash=Slash("sessions", "[TEXT]"),
    ),
    _screen(
        "session.rewind",
        "Rewind",
        "Go back to an earlier prompt; what came after stays as a branch",
        "rewind",
        on_main=True,
        leader=Leader("w", Group.CHAT),
        slash=Slash("rewind"),
    ),
    Command(
        "session.retry",
        "Retry",
        "Ask for the last reply again; the old one stays as a branch",
        "branches.retry",
        on_main=True,
        leader=Leader("r", Group.CHAT),
        slash=Slash("retry"),
    ),
    Command(
        "session.compact",
        "Compact",
        "Sum the conversation up to make room; the original stays stored",
        "sessions.compact",
        on_main=True,
        slash=Slash("compact", "[WHAT TO KEEP]"),
    ),
    Command(
        "session.context",
        "Context",
        "What fills the model's window, part by part",
        "sessions.context",
        on_main=True,
        slash=Slash("context"),
    ),
    Command(
        "audit.egress",
        "What left today",
        "Which hosts were sent how much today, and what the model was sent",
        "project.egress",
        on_main=True,
        slash=Slash("egress"),
    ),
    _screen(
        "call.replay",
        "Replay",
        "A recorded call again, from its record alone, beside what was recorded",
        "replay",
        slash=Slash("replay", "CALL"),
    ),
    Command(
        "call.record",
        "Record calls",
        "Record what calls of skills get from outside in this session, or not",
        "project.record",
        on_main=True,
        slash=Slash("record", "[on|off]", ("on", "off")),
    ),
    Command(
        "audit.why",
        "Why is this here?",
        "Which call wrote a file or a line of it, and who allowed it",
        "project.why",
        on_main=True,
        slash=Slash("why", "PATH[:LINE]"),
    ),
    Command(
        "session.init",
        "Init",
        "Let the model look at the project and write its AGENTS.md",
        "prompts.init",
        on_main=True,
        slash=Slash("init"),
    ),
    Command(
        "model.connect",
        "Connect a model",
        "Connect a model: an API key or a server; switch and remove connections",
        "models.connect",
        screen="connect",
        slash=Slash("connect", "[CONNECTION]"),
    ),
    Command(
        "app.model",
        "Model",
        "Choose the model, and how long it may think",
        "models.choose",
        screen="connect_models",
        keys="alt+m",
        leader=Leader("m", Group.SESSION),
        slash=Slash("model", "[NAME]"),
    ),
    Command(
        "model.thinking",
        "Thinking",
        "How long the model may think before it answers",
        "models.think",
        slash=Slash("thinking", "[off|TOKENS]"),
    ),
    Command(
        "app.mode",
        "Mode",
        "Choose what happens to effects that nothing else decides",
        "modes.choose",
        screen="mode",
        keys="alt+p",
        leader=Leader("M", Group.SESSION),
        slash=Slash("mode", "[MODE]", tuple(mode.value for mode in Mode)),
    ),
    Command(
        "prompt.mode",
        "Next mode",
        "Go through the modes ask, accept-edits, plan, read-only and deny",
        "modes.cycle",
        keys="shift+tab",
        scope=Scope.PROMPT,
    ),
    _mode(Mode.ASK, "Mode: ask", "Ask about what nothing else decides"),
    _mode(Mode.ACCEPT_EDITS, "Mode: accept edits", "Edit ordinary files of the project without asking"),
    _mode(Mode.PLAN, "Mode: plan", "Look and plan: nothing is changed"),
    _mode(Mode.READ_ONLY, "Mode: read-only", "Ask about reading, deny whatever could change something"),
    _mode(Mode.DENY, "Mode: deny", "Deny what nothing else decides"),
    _mode(Mode.ALLOW_ALL, "Mode: allow all", "Allow everything that no rule forbids"),
    _screen(
        "app.cost",
        "Cost",
        "What was spent, by session, day, month and model",
        "cost",
        keys="f9",
        leader=Leader("u", Group.SCREENS),
        slash=Slash("cost"),
    ),
    Command(
        "session.copy",
        "Copy last reply",
        "Copy the last reply, or its n-th code block",
        "copying.copy_reply",
        slash=Slash("copy", "[N]"),
    ),
    Command(
        "session.export",
        "Export",
        "Write the session to a file of the project",
        "sessions.export",
        slash=Slash("export", "[md|json] [FILE]", ("md", "json")),
    ),
    # ── skills, policy, the log ────────────────────────────────────────────────────────────────────
    _screen(
        "app.skills",
        "Skills",
        "Installed skills and what they may do",
        "skills",
        keys="f5",
        leader=Leader("s", Group.SCREENS),
        slash=Slash("skills", "[NAME]"),
    ),
    Command(
        "skills.call", "Run a skill", "Call a skill yourself", "prompts.run_tool", slash=Slash("run", "SKILL [JSON]")
    ),
    _screen(
        "app.audit",
        "Audit log",
        "Search and verify everything that was decided",
        "audit",
        keys="f6",
        leader=Leader("a", Group.SCREENS, words="Audit search"),
        slash=Slash("audit", "[TEXT]"),
    ),
    _screen(
        "app.rules",
        "Rules",
        "Your own standing rules, and what each would have answered",
        "rules",
        leader=Leader("R", Group.SCREENS),
        slash=Slash("rules"),
    ),
    _screen(
        "app.jobs",
        "Jobs",
        "Commands in the background, and ending them",
        "jobs",
        leader=Leader("b", Group.SCREENS),
        slash=Slash("jobs"),
    ),
    _screen(
        "app.grants",
        "Grants",
        "Stored answers, and taking them back",
        "grants",
        keys="f8",
        leader=Leader("g", Group.SCREENS),
        slash=Slash("grants"),
    ),
    Command(
        "policy.instructions",
        "Project instructions",
        "Look at the project's AGENTS.md, and let the model follow it",
        "project.instructions",
        on_main=True,
        slash=Slash("instructions"),
    ),
    Command(
        "files.undo",
        "Undo",
        "Take back what a call changed in files; without a name, the last one",
        "undo.call",
        slash=Slash("undo", "[CALL]"),
    ),
    Command(
        "files.diff",
        "Differences",
        "What the calls of this session changed in files",
        "differences.session",
        on_main=True,
        slash=Slash("diff"),
    ),
    Command(
        "policy.confirm",
        "Confirm changes",
        "Look at what another program changed in the policy, and let it count",
        "modes.confirm_changes",
        slash=Slash("confirm"),
    ),
    # ── the program ────────────────────────────────────────────────────────────────────────────────
    Command(
        "app.theme",
        "Theme",
        "Choose the colours, with a preview",
        "appearance.choose",
        screen="theme",
        slash=Slash("theme", "[NAME]"),
    ),
    _screen(
        "app.settings",
        "Settings",
        "See and change the configuration",
        "settings",
        keys="f10",
        leader=Leader("comma", Group.SCREENS),
        slash=Slash("settings", "[KEY]"),
    ),
    Command(
        "app.doctor",
        "Doctor",
        "What works here, and what to do about what does not",
        "project.doctor",
        on_main=True,
        slash=Slash("doctor"),
    ),
    Command(
        "app.editor",
        "Edit prompt",
        "Write the prompt in your editor",
        "prompts.edit_in_editor",
        keys="ctrl+o",
        on_main=True,
        leader=Leader("o", Group.SESSION, words="Editor"),
    ),
    Command(
        "app.stop",
        "Stop",
        "Copy what the mouse selected, else end the turn, else empty the prompt; twice: end the program",
        "leaving.stop",
        keys="ctrl+c",
        in_palette=False,
    ),
    Command(
        "app.suspend",
        "Suspend",
        "Back to the shell; its fg leads back here",
        "leaving.suspend",
        keys="ctrl+z",
        priority=True,
    ),
    Command(
        "app.quit",
        "Quit",
        "End the program; everything is stored",
        "leaving.quit",
        keys="ctrl+q",
        priority=True,
        leader=Leader("q", Group.SESSION),
        slash=Slash("quit"),
    ),
    # ── the conversation ───────────────────────────────────────────────────────────────────────────
    Command(
        "turn.interrupt",
        "Interrupt",
        "Deny the approval in front, or interrupt the turn",
        "main.action_back_out",
        keys="escape",
        scope=Scope.MAIN,
        in_palette=False,
    ),
    Command(
        "turn.end",
        "Interrupt",
        "End the turn that runs",
        "prompts.interrupt_or_say",
        on_main=True,
        leader=Leader("x", Group.CHAT, "interrupt"),
    ),
    _chat(
        "chat.prompt_above",
        "Prompt above",
        "Choose the prompt above",
        "action_in_chat",
        "choose(-1)",
        Leader("left_square_bracket", Group.CHAT, "above"),
    ),
    _chat(
        "chat.prompt_below",
        "Prompt below",
        "Choose the prompt below",
        "action_in_chat",
        "choose(1)",
        Leader("right_square_bracket", Group.CHAT, "below"),
    ),
    _chat(
        "chat.copy_chosen",
        "Copy reply",
        "Copy what is chosen, else the last reply",
        "action_chat_action",
        "copy_part",
        Leader("y", Group.CHAT, "copy"),
    ),
    _chat(
        "chat.copy_chosen_turn",
        "Copy turn",
        "Copy the chosen prompt and what came of it, else the last",
        "action_chat_action",
        "copy_turn",
        Leader("Y", Group.CHAT, "copy_turn"),
    ),
    _chat(
        "chat.copy_code",
        "Copy code",
        "Copy a code block of the chosen reply, else of the last",
        "action_chat_action",
        "copy_code",
        Leader("k", Group.CHAT),
    ),
    _chat(
        "chat.select",
        "Select lines",
        "Select lines of the conversation, to copy them",
        "action_in_chat",
        "select_lines",
        Leader("v", Group.CHAT),
    ),
    _chat(
        "chat.edit_prompt",
        "Change a prompt",
        "Change the chosen prompt, else the last",
        "action_chat_action",
        "edit",
        Leader("e", Group.CHAT, "edit", "Edit prompt"),
    ),
    Command(
        "app.find",
        "Find",
        "Find words in the conversation",
        "main.action_find",
        keys="ctrl+f",
        on_main=True,
        leader=Leader("f", Group.CHAT),
    ),
    # ── panes ──────────────────────────────────────────────────────────────────────────────────────
    _pane_key("pane.chat", "Conversation", "Go to the conversation; there, back to the prompt", "f2", "chat"),
    _pane_key("pane.trace", "Trace", "Go to the trace; there, back to the prompt", "f3", "trace"),
    _pane_key("pane.audit", "Audit", "Go to the audit log; there, back to the prompt", "f4", "audit"),
    _pane(
        "pane.show_chat",
        "Conversation",
        "Go to the conversation",
        "",
        "action_show_pane",
        "chat",
        leader=Leader("c", Group.PANES, "chat"),
    ),
    _pane(
        "pane.show_trace",
        "Trace",
        "Go to the trace",
        "",
        "action_show_pane",
        "trace",
        leader=Leader("t", Group.PANES, "trace"),
    ),
    _pane(
        "pane.show_audit",
        "Audit log pane",
        "Go to the audit log",
        "",
        "action_show_pane",
        "audit",
        leader=Leader("l", Group.PANES, "audit_log", "Audit log"),
    ),
    _pane(
        "pane.prompt",
        "Prompt",
        "Go to the prompt",
        "",
        "action_to_prompt",
        leader=Leader("p", Group.PANES),
    ),
    _pane(
        "pane.zoom",
        "Zoom",
        "Show the pane alone, or all panes again",
        "alt+z",
        "action_zoom",
        leader=Leader("z", Group.PANES),
    ),
    _pane(
        "pane.hide_trace",
        "Hide trace",
        "Hide or show the trace",
        "alt+t",
        "action_hide",
        "trace",
        leader=Leader("T", Group.PANES),
    ),
    _pane(
        "pane.hide_audit",
        "Hide audit log",
        "Hide or show the audit log",
        "alt+a",
        "action_hide",
        "audit",
        leader=Leader("L", Group.PANES),
    ),
    _pane(
        "pane.narrower",
        "Narrower",
        "Make the conversation narrower",
        "alt+left",
        "action_widen",
        -1,
        leader=Leader("left", Group.PANES, stays=True),
    ),
    _pane(
        "pane.wider",
        "Wider",
        "Make the conversation wider",
        "alt+right",
        "action_widen",
        1,
        leader=Leader("right", Group.PANES, stays=True),
    ),
    _pane(
        "pane.less_trace",
        "Less trace",
        "Give the trace less room",
        "alt+up",
        "action_share",
        -1,
        leader=Leader("up", Group.PANES, stays=True),
    ),
    _pane(
        "pane.more_trace",
        "More trace",
        "Give the trace more room",
        "alt+down",
        "action_share",
        1,
        leader=Leader("down", Group.PANES, stays=True),
    ),
    Command(
        "approval.go",
        "To the approval",
        "Go to the approval that waits, from every screen",
        "waiting.go",
        keys="alt+g",
        priority=True,
        on_main=True,
        leader=Leader("i", Group.GO, "approval", "The approval"),
    ),
)
"""In the order in which an empty `/` and the palette list them."""

BY_ID = {command.id: command for command in COMMANDS}


def bindings_for(scope: Scope) -> list[Binding]:
    """The keys of the commands that are heard there."""
    return [command.binding() for command in COMMANDS if command.scope is scope and command.keys]


def app_wide(*ids: str) -> list[Binding]:
    """For a widget that has another use for the keys of these commands: there, too, they do what they do everywhere."""
    return [BY_ID[id].binding("app.") for id in ids]
