"""The configuration as typed values, and the one schema that checks it, documents it and draws its screen.

Each field carries its help and bounds as metadata; `SETTINGS` lists them flat, by dotted key.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from blufio_tui.core.capability import Mode
from blufio_tui.core.mcp.server import ServerConfig
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.text.key_masks import ALL, KINDS

Check = Callable[[Any], str]
"""Return what is wrong with a value of the right type, or ""."""


def between(low: float, high: float) -> Check:
    def check(value: float) -> str:
        return "" if low <= value <= high else f"must be between {low:,g} and {high:,g}"

    return check


def one_of(*choices: str) -> Check:
    def check(value: str) -> str:
        return "" if value in choices else f"must be one of {', '.join(choices)}"

    return check


_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


def _host_ports(values: tuple[str, ...]) -> str:
    for value in values:
        match = _HOST_PORT.fullmatch(value)
        if not match or not 0 < int(match[2]) < 65536:
            return f'"{value}" is not host:port, such as "127.0.0.1:8080"'
    return ""


_SERVER = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?(/\S*)?")


def server_problem(value: str) -> str:
    """Why a text is not the address of a server, "" if it is."""
    match = _SERVER.fullmatch(value)
    if match and 0 < int(match[2] or 1) < 65536 and _is_host(match[1]):
        return ""
    return "must be an http:// or https:// address without user name, such as http://127.0.0.1:8080"


def _is_host(text: str) -> bool:
    if not text.startswith("["):
        return True
    from ipaddress import AddressValueError, IPv6Address  # few settings have one

    try:
        IPv6Address(text[1:-1])
    except AddressValueError:
        return False
    return True


def _key_kinds(value: Sequence[str]) -> str:
    unknown = [one for one in value if one not in (*KINDS, ALL)]
    return f"has no kind {unknown[0]!r}; there are: {', '.join(KINDS)}, {ALL}" if unknown else ""


def _http_url_or_empty(value: str) -> str:
    return server_problem(value) if value else ""


def _not_empty(value: str) -> str:
    return "" if value.strip() else "must not be empty"


class Effect(StrEnum):
    """When a change that is made while the program runs applies."""

    NOW = "now"
    NEXT_TURN = "next turn"
    RESTART = "restart"


def _field(
    default: Any,
    help_text: str,
    check: Check | None = None,
    choices: tuple[str, ...] = (),
    effect: Effect = Effect.RESTART,
) -> Any:
    metadata = {"help": help_text, "check": check, "choices": choices, "effect": effect}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


_MODES = tuple(mode.value for mode in Mode)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    connection: str = _field(
        "", "Named connection that answers (see /connect); empty means model.base_url and the default key."
    )
    name: str = _field("claude-sonnet-5-5", "The model that answers.", _not_empty)
    base_url: str = _field(
        "",
        "Address of a server that speaks the Anthropic Messages API; empty means Anthropic's own.",
        _http_url_or_empty,
    )


@dataclass(frozen=True, slots=True)
class AgentSettings:
    max_tool_iterations: int = _field(
        100,
        "Requests with tools in one turn; then a last request without tools gets the answer.",
        between(1, 1000),
        effect=Effect.NEXT_TURN,
    )
    max_skills_in_prompt: int = _field(
        20, "Skills listed by name and description in the system prompt.", between(0, 1000), effect=Effect.NOW
    )
    max_tokens: int = _field(
        0,
        "Maximum tokens of one reply; 0 means what the model allows, up to 32,000.",
        between(0, 1_000_000),
        effect=Effect.NEXT_TURN,
    )
    thinking_budget: int = _field(
        0, "Tokens the model may think before it answers; 0 turns thinking off.", between(0, 1_000_000)
    )
    keys_shown: tuple[str, ...] = _field(
        (),
        "Kinds of keys that a model may read in files and output, such as jwt; * for all.",
        _key_kinds,
        effect=Effect.NOW,
    )
    compact_at: float = _field(
        0.8,
        "Share of the model's context window at which the conversation is summarised.",
        between(0.1, 1.0),
        effect=Effect.NEXT_TURN,
    )


@dataclass(frozen=True, slots=True)
class ApprovalSettings:
    timeout_secs: float = _field(
        120.0,
        "Seconds until an unanswered request is denied; in the app, only if set.",
        between(1, 86_400),
        effect=Effect.NOW,
    )


@dataclass(frozen=True, slots=True)
class PolicySettings:
    mode: str = _field(
        "ask", "What happens to an effect that nothing else decides, in the terminal app.", one_of(*_MODES), _MODES
    )
    rules: tuple[UserRule, ...] = _field((), "Your own allow and deny rules.", effect=Effect.NOW)
    pass_env: tuple[str, ...] = _field((), "Environment variables with credentials that are passed to commands.")


_ASK_ABOUT = ("effects", "commands", "both")
_CAGE = ("auto", "required", "off")


@dataclass(frozen=True, slots=True)
class CommandSettings:
    ask: str = _field(
        "effects",
        "What you approve: effects of a caged command beyond the project, the command as a whole, or both.",
        one_of(*_ASK_ABOUT),
        _ASK_ABOUT,
        effect=Effect.NOW,
    )
    cage: str = _field(
        "auto",
        "auto: use the cage if this machine supports it; required: run no command without it; off: never use it.",
        one_of(*_CAGE),
        _CAGE,
        effect=Effect.NOW,
    )


_GUARD = ("ask", "deny", "off")


@dataclass(frozen=True, slots=True)
class FlowSettings:
    guard: str = _field(
        "ask",
        "What happens when data could leave a session that has read private data and a stranger's content.",
        one_of(*_GUARD),
        _GUARD,
        effect=Effect.NOW,
    )
    private: tuple[str, ...] = _field(
        (), "More files to treat as private: names or paths, with * and ?.", effect=Effect.NOW
    )
    foreign: tuple[str, ...] = _field(
        (), "More files to treat as written by strangers: names or paths, with * and ?.", effect=Effect.NOW
    )
    own_hosts: tuple[str, ...] = _field(
        (), "Your own hosts: their content counts as yours, and data may go to them.", effect=Effect.NOW
    )


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    allow_private: tuple[str, ...] = _field(
        (), "Private or loopback addresses (host:port) that tools and skills may request.", _host_ports
    )
    proxy: str = _field("", "HTTP proxy for tools and skills; empty means none.", _http_url_or_empty)


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    session_usd: float = _field(
        0.0,
        "Maximum cost of a session in US dollars; 0 means no limit.",
        between(0, 1_000_000),
        effect=Effect.NEXT_TURN,
    )
    daily_usd: float = _field(
        0.0, "Maximum cost of a day in US dollars; 0 means no limit.", between(0, 1_000_000), effect=Effect.NEXT_TURN
    )
    monthly_usd: float = _field(
        0.0, "Maximum cost of a month in US dollars; 0 means no limit.", between(0, 1_000_000), effect=Effect.NEXT_TURN
    )

    def __bool__(self) -> bool:
        """Whether there is any limit."""
        return bool(self.session_usd or self.daily_usd or self.monthly_usd)


def _witnesses(values: tuple[str, ...]) -> str:
    if not values:
        return ""
    from blufio_tui.core.audit.witness import witness_problem  # checkpoints and signatures: only where there are some

    return next((problem for value in values if (problem := witness_problem(value))), "")


@dataclass(frozen=True, slots=True)
class AuditSettings:
    witness: tuple[str, ...] = _field(
        (),
        "Places that store signed checkpoints of the audit log: file:PATH, git:FOLDER, command:COMMAND.",
        _witnesses,
    )


@dataclass(frozen=True, slots=True)
class KeepSettings:
    sessions_days: int = _field(
        0, "Days after its last message until a session is deleted; 0 means never.", between(0, 36_500)
    )
    outputs_days: int = _field(
        0, "Days until stored long command outputs are deleted; 0 means never.", between(0, 36_500)
    )
    undo_days: int = _field(
        0,
        "Days until the old content of changed files, needed for undo, is deleted; 0 means never.",
        between(0, 36_500),
    )


@dataclass(frozen=True, slots=True)
class SkillSettings:
    folders: tuple[str, ...] = _field((), "Additional skill folders, such as ~/.claude/skills.")
    limit_tools: bool = _field(
        False, "After a skill is loaded, only the tools in its allowed-tools work until the turn ends."
    )
    watch: tuple[str, ...] = _field((), "Skill folders under development; a rebuilt skill is reloaded at once.")


@dataclass(frozen=True, slots=True)
class McpSettings:
    servers: tuple[ServerConfig, ...] = _field((), "MCP servers, each a table [mcp.servers.NAME].")
    tools_in_prompt: int = _field(
        40, "Server tools whose schemas the model sees directly; if there are more, it looks them up.", between(0, 1000)
    )


@dataclass(frozen=True, slots=True)
class RecordSettings:
    calls: bool = _field(
        False,
        "Record what every skill call receives from outside, so that it can be replayed. Shown on the screen.",
        effect=Effect.NOW,
    )
    skills: tuple[str, ...] = _field(
        (), "Skills whose calls are recorded while `record.calls` is off.", effect=Effect.NOW
    )


@dataclass(frozen=True, slots=True)
class UiSettings:
    theme: str = _field("", "Colour theme; empty means blufio-dark or blufio-light, to match the terminal.")
    vim_keys: bool = _field(False, "Move with h j k l, g and G in lists.")
    notifications: bool = _field(
        True, "Notify you when a turn ends or an approval waits while the terminal is in the background."
    )
    accessible: bool = _field(
        False,
        "For screen readers: one pane at a time, no boxes or spinners, events as sentences.",
    )
    keys: Mapping[str, str] = _field({}, "Your own key bindings, by the id that F1 shows.")


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration; every value has a default."""

    model: ModelSettings = ModelSettings()
    agent: AgentSettings = AgentSettings()
    approval: ApprovalSettings = ApprovalSettings()
    policy: PolicySettings = PolicySettings()
    commands: CommandSettings = CommandSettings()
    network: NetworkSettings = NetworkSettings()
    flows: FlowSettings = FlowSettings()
    budget: BudgetSettings = BudgetSettings()
    audit: AuditSettings = AuditSettings()
    keep: KeepSettings = KeepSettings()
    skills: SkillSettings = SkillSettings()
    mcp: McpSettings = McpSettings()
    record: RecordSettings = RecordSettings()
    ui: UiSettings = UiSettings()


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One setting as the schema knows it.

    Attributes:
        key: dotted, such as `agent.max_tokens`.
        type_name: `bool`, `int`, `float`, `str`, `list`, `table`, `rules` or `servers`.
        effect: when a change that is made while the program runs applies.
    """

    key: str
    type_name: str
    default: Any
    help: str
    choices: tuple[str, ...]
    check: Check | None
    effect: Effect

    @property
    def section(self) -> str:
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        return self.key.partition(".")[2]


_TYPE_NAMES: Mapping[object, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    tuple[str, ...]: "list",
    Mapping[str, str]: "table",
    tuple[UserRule, ...]: "rules",
    tuple[ServerConfig, ...]: "servers",
}


def _specs() -> dict[str, SettingSpec]:
    specs = {}
    for section in fields(Settings):
        for one in fields(section.type):  # type: ignore[arg-type]
            key = f"{section.name}.{one.name}"
            default = getattr(section.default, one.name)
            meta = one.metadata
            specs[key] = SettingSpec(
                key, _TYPE_NAMES[one.type], default, meta["help"], meta["choices"], meta["check"], meta["effect"]
            )
    return specs


SETTINGS: Mapping[str, SettingSpec] = _specs()
"""Every setting by its dotted key, in the order of the classes above."""


def applied(at_start: Settings, found: Settings) -> Settings:
    """The settings in effect after the configuration changed: those that need a restart keep their value from the
    start, the others take the new one."""
    sections: dict[str, Any] = {}
    for section in fields(Settings):
        changed = getattr(found, section.name)
        live = {
            spec.name: getattr(changed, spec.name)
            for spec in SETTINGS.values()
            if spec.section == section.name and spec.effect is not Effect.RESTART
        }
        sections[section.name] = replace(getattr(at_start, section.name), **live)
    return Settings(**sections)
