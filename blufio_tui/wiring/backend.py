"""Builds what acts: gate, sandbox, tools, skills and agent, on top of what is stored."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.adapters.audit.guardian import Guardian
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.commands.environment import Environment
from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.config.deny_rule_links import with_real_paths
from blufio_tui.adapters.config.grants_file import GrantsFile, grants_trust
from blufio_tui.adapters.config.held_changes import HeldChanges
from blufio_tui.adapters.config.hook_files import FoundHooks, HookFiles, OwnHooks
from blufio_tui.adapters.config.instructions import InstructionFiles
from blufio_tui.adapters.config.live_mode import LiveMode
from blufio_tui.adapters.config.live_policy import LivePolicy
from blufio_tui.adapters.config.trust import settings_trust
from blufio_tui.adapters.effect_runner import HostEffects
from blufio_tui.adapters.files.git_state import machine
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.adapters.files.kept_content import sweep_kept
from blufio_tui.adapters.files.pdf import read_pdf
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.adapters.mcp.servers import Servers
from blufio_tui.adapters.model.connections import Connections
from blufio_tui.adapters.model.credentials import Credentials
from blufio_tui.adapters.model.offline import OfflineGuide
from blufio_tui.adapters.model.pricing import GenaiPricing
from blufio_tui.adapters.net.network import Network
from blufio_tui.adapters.net.readable import readable
from blufio_tui.adapters.net.secrets import SecretStore
from blufio_tui.adapters.replay.recorder import CallRecorder
from blufio_tui.adapters.replay.store import RecordStore
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.adapters.scratch import sweep_scratch
from blufio_tui.adapters.skills.registry import SkillRegistry, is_code
from blufio_tui.adapters.storage.database import Database
from blufio_tui.adapters.storage.keyring_access import ASKING
from blufio_tui.core.agent.agent import Agent
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.occasional import occasions
from blufio_tui.core.agent.prompt import build_system
from blufio_tui.core.agent.provider import SystemBlock
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.result_pages import ReadResultTool
from blufio_tui.core.agent.skill_lines import SkillProvider
from blufio_tui.core.agent.subagents import Subagents
from blufio_tui.core.agent.task_tool import TaskTool
from blufio_tui.core.asking import NobodyThere, Person
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.builtin.ask_user import AskUserTool
from blufio_tui.core.builtin.bash import BashTool
from blufio_tui.core.builtin.edit import EditTool
from blufio_tui.core.builtin.file import FileTool
from blufio_tui.core.builtin.find_tool import ToolFinder
from blufio_tui.core.builtin.http import HttpTool
from blufio_tui.core.builtin.job_tools import JobKillTool, JobOutputTool
from blufio_tui.core.builtin.patience import Patience
from blufio_tui.core.builtin.plan import IN_THE_PROMPT, PlanTool
from blufio_tui.core.builtin.search import FindTool, SearchTool
from blufio_tui.core.builtin.todo import TodoTool
from blufio_tui.core.capability import Actor, CapabilityRequest, FileTarget, Kind, Mode
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.files.seen import SeenFiles
from blufio_tui.core.flows.marks import FlowRules
from blufio_tui.core.gate.approvers import AllowOnce, DenyAll
from blufio_tui.core.gate.gate import Circumstances, Gate, Ports
from blufio_tui.core.gate.ports import Approver, EffectRunner
from blufio_tui.core.gate.recorded_grants import RecordedGrants
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.guards.secrets import credentials_in
from blufio_tui.core.guide.guide import ToolExamples
from blufio_tui.core.hooks.running import HookRunner
from blufio_tui.core.policy.decide import PolicyView, hidden_from_search
from blufio_tui.core.policy.matching import kept_from_model
from blufio_tui.core.servers.agent import ServedAgent
from blufio_tui.core.settings.schema import Settings
from blufio_tui.core.shell.jobs import Jobs
from blufio_tui.core.shell.state import ShellStates
from blufio_tui.core.skills.active import ActiveSkills
from blufio_tui.core.skills.load_skill import LoadSkill
from blufio_tui.core.skills.sandbox import SandboxCall
from blufio_tui.core.skills.skill import SkillStatus
from blufio_tui.core.skills.tool import SkillHost, SkillTool
from blufio_tui.core.tasks import Tasks
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.key_masks import mask_keys
from blufio_tui.core.text.redaction import Redactor
from blufio_tui.core.tools import Tool
from blufio_tui.features.cages import Cages, premises_of
from blufio_tui.features.endpoints import Endpoint, provider_for
from blufio_tui.features.instructions import Told
from blufio_tui.features.interrupted_commands import take_up_interrupted
from blufio_tui.features.rules import InformedApprover
from blufio_tui.features.undoing import Undoing
from blufio_tui.wiring.effect_lists import EffectLists
from blufio_tui.wiring.erasing import ErasingSessions
from blufio_tui.wiring.explaining import Explaining
from blufio_tui.wiring.flow_approver import FlowApprover, telling
from blufio_tui.wiring.mcp import ServerCages, ServerSources, connect_servers
from blufio_tui.wiring.options import Options, read_options
from blufio_tui.wiring.situation import ProjectSituation
from blufio_tui.wiring.start_options import StartOptions
from blufio_tui.wiring.stores import audit_on, guardian_on, open_database, registry_on, untouchable

if TYPE_CHECKING:
    from blufio_tui.adapters.model.claude import ClaudeProvider


@dataclass(frozen=True, slots=True)
class Backend:
    """Everything that a turn or a command works with. `project` and `places` are canonical."""

    options: Options
    database: Database
    sessions: ErasingSessions
    audit: AuditStore
    grants: RecordedGrants
    skills: SkillRegistry
    gate: Gate
    sandbox: SandboxClient
    skill_host: SkillHost
    tools: ToolRegistry
    active_skills: ActiveSkills
    agent: Agent
    mode: LiveMode
    held: HeldChanges
    redactor: Redactor
    credentials: Credentials
    places: Places
    network: Network
    pricing: GenaiPricing
    clock: SystemClock
    shell: Shell
    shell_states: ShellStates
    jobs: Jobs
    cages: Cages
    hooks: HookRunner
    found_hooks: FoundHooks
    told: Told
    tasks: Tasks
    undo_store: UndoStore
    undoing: Undoing
    guardian: Guardian
    explaining: Explaining
    complaints: "Complaints"
    servers: Servers
    server_sources: ServerSources
    records: RecordStore
    recorder: CallRecorder
    mask: Callable[[str], str]
    effect_lists: EffectLists

    @property
    def settings(self) -> Settings:
        return self.options.settings

    @property
    def project(self) -> Path:
        return self.options.project

    async def take_up_interrupted(self, tell: Callable[[str], None]) -> None:
        """What a killed program's commands changed can be taken back from now on, and is in the log.

        Args:
            tell: hears a sentence for each.
        """
        data = self.options.paths.data
        for said in await take_up_interrupted(data / "kept", data / "effects", self.undo_store, self.audit):
            tell(said)

    async def close(self) -> None:
        """End what runs and let the last rows be written; the database stays open."""
        ASKING.end()
        await self.tasks.end()
        await self.jobs.close()
        await self.servers.close()
        self.cages.close()
        await self.sandbox.close()
        await asyncio.to_thread(sweep_kept, self.options.paths.data / "kept")
        await self.gate.settle()
        await self.recorder.settle()
        self.complaints.agent = None
        await self.guardian.finish()
        await self.network.close()

    def offer_skills(self) -> tuple[str, ...]:
        """Let the model call the skills as they are installed now; a sentence for each that cannot be offered."""
        return self.tools.replace_skills(
            self.hooks.wrap(self.active_skills.wrap(skill_tools(self.skills, self.skill_host))),
            found_only=bundled_tools(self.skills),
        )


class Complaints:
    """What does not work and stops nothing: said once, at the start of the next turn, or at the end of the program.

    Attributes:
        agent: who says it; None at the end of the program.
    """

    def __init__(self) -> None:
        self.agent: ServedAgent | None = None

    def __call__(self, what: str) -> None:
        if self.agent is None:
            sys.stderr.write(f"blufio-tui: {what}\n")
        else:
            self.agent.remarks = (*self.agent.remarks, what)


@asynccontextmanager
async def open_backend(
    start: StartOptions, *, interactive: bool, approver: Approver | None = None
) -> AsyncIterator[Backend]:
    """
    Raises:
        ConfigError, UsageError, StorageError: what is configured or stored cannot be used.
    """
    options = read_options(start, interactive=interactive)
    async with AsyncExitStack() as stack:
        database = stack.enter_context(open_database(options.paths))
        backend = build_backend(options, database, approver or (AllowOnce() if options.answers_allow else DenyAll()))
        stack.push_async_callback(backend.close)
        await backend.take_up_interrupted(_tell_on_terminal)
        yield backend


def _tell_on_terminal(said: str) -> None:
    sys.stderr.write(f"blufio-tui: {said}\n")


def build_backend(
    options: Options,
    database: Database,
    approver: Approver,
    *,
    attended: bool = False,
    person: Person | None = None,
    around: Callable[[EffectRunner], EffectRunner] | None = None,
) -> Backend:
    """Connect the parts; nothing is started, and nothing heavy is imported.

    Args:
        attended: a person sits before the screen: a question then waits until it is answered, unless the
            configuration says how long.
        person: whom the model can ask; None where nobody is there.
        around: what carries effects out, put around what carries them out here.
    """
    ASKING.begin()
    sweep_scratch()
    paths, settings, clock = options.paths, options.settings, SystemClock()
    own = _key_variables(options)
    secrets = SecretStore(paths.keys / "secrets.toml", own=own)
    known = {**credentials_in(STARTED_WITH), **secrets.known()}
    redactor = Redactor(known)
    policy = LivePolicy(settings_trust(paths.config_file, paths.keys), settings)
    complaints = Complaints()
    guardian = guardian_on(database, paths, policy.settings, complaints)
    audit = audit_on(database, paths, guardian)
    stored = GrantsFile(paths.grants_file, clock, grants_trust(paths.grants_file, paths.keys))
    stored.grants()  # what it says now is trusted, and not what it says when the first effect comes
    grants = RecordedGrants(stored, audit)
    mode = LiveMode(options.mode, audit)
    where = places(options.project)
    own_places = untouchable(paths, settings)
    network = Network(settings.network.allow_private, settings.network.proxy, secrets, learn=redactor.learn)
    jobs, outputs = Jobs(clock.monotonic), OutputFiles(paths.outputs)
    own_hooks = OwnHooks(paths.config, paths.keys)
    held = HeldChanges(policy, stored, own_hooks, audit)
    undo_store = UndoStore(paths.undo)
    cages = Cages(
        premises_of(paths, where, own_places),
        audit,
        lambda: policy.settings().commands,
        mode.get,
        lambda: with_real_paths(policy.settings().policy.rules, where),
        grants=grants.grants,
        keeper=undo_store,
    )
    shell = Shell(
        known_secrets=known.values(),
        passed=settings.policy.pass_env,
        own=own,
        jobs=jobs,
        outputs=outputs,
        cage=cages,
    )
    shell_states = ShellStates(where.project)

    def circumstances() -> Circumstances:
        now = policy.settings()
        waits = 0.0 if attended and not policy.is_set("approval.timeout_secs") else now.approval.timeout_secs
        rules = with_real_paths(now.policy.rules, where)
        flow = now.flows
        flow_rules = FlowRules(flow.guard, flow.private, flow.foreign, flow.own_hosts)
        return Circumstances(mode.get(), where, rules, waits, options.mode_chosen, flow_rules)

    def hidden(actor: Actor, path: str) -> bool:
        now = circumstances()
        view = PolicyView(now.mode, where, clock.now(), "", now.rules, grants.grants(), grants.blocked)
        return hidden_from_search(CapabilityRequest(actor, FileTarget(Kind.FS_READ, path, path, "read")), view)

    def kept_from_models(actor: str, read: Sequence[str]) -> str:
        rules = circumstances().rules
        return next((said for path in read if (said := kept_from_model(rules, actor, path, where))), "")

    guard = FileGuard(where, own_places)
    runner: EffectRunner = HostEffects(
        guard,
        network,
        Environment(learn=redactor.learn, own=own),
        shell,
        hidden,
        undo_store,
    )
    if around is not None:
        runner = around(runner)

    flows: FlowApprover | None = None
    if attended:
        approver = flows = FlowApprover(InformedApprover(approver, audit, where))
    situation = ProjectSituation(
        options.project,
        mode.get,
        asked=attended or options.answers_allow,
        caged=lambda: cages.asks_by_effect and not cages.why_not,
    )
    gate = Gate(Ports(runner, approver, audit, grants, clock, held.news), circumstances, redact=redactor.redact)
    sandbox = SandboxClient(paths.cache / "modules", on_incident=_incident_row(audit))
    registry = registry_on(database, settings, options.project)
    sessions = ErasingSessions(database, clock, audit, outputs, undo_store, redactor)
    active = ActiveSkills(limiting=options.settings.skills.limit_tools)
    records = RecordStore(database, audit)
    recorder = CallRecorder(records, audit, clock, lambda: policy.settings().record)
    if flows is not None:
        flows.tells = telling(recorder, records, sandbox, audit)
    host = SkillHost(sandbox, gate, registry.check, where, recorder, kept_from_models)
    seen = SeenFiles()
    person, patience, subagents = person or NobodyThere(), Patience(), Subagents()

    def mask(text: str) -> str:
        return mask_keys(text, policy.settings().agent.keys_shown)

    finder = ToolFinder()
    built_in: list[Tool] = [
        BashTool(gate.perform, where.project, states=shell_states, environment=shell.environment()),
        JobOutputTool(jobs),
        JobKillTool(jobs),
        FileTool(gate.perform, seen, project=where.project, mask=mask, read_pdf=read_pdf),
        EditTool(gate.perform, seen, project=where.project, mask=mask),
        FindTool(gate.perform, project=where.project),
        SearchTool(gate.perform, project=where.project),
        HttpTool(gate.perform, readable),
        LoadSkill(registry, active),
        ReadResultTool(sessions, outputs),
        TodoTool(),
        AskUserTool(person, patience),
        PlanTool(person, mode.get, patience),
        TaskTool(subagents),
        finder,
    ]
    found_hooks = HookFiles(paths.config, options.project, own_hooks).find()
    hooks = HookRunner(gate.perform, where.project, found_hooks.active)
    tools = ToolRegistry(
        hooks.wrap(active.wrap(built_in)),
        hooks.wrap(active.wrap(skill_tools(registry, host))),
        found_only=bundled_tools(registry),
        most_shown=settings.mcp.tools_in_prompt,
    )
    finder.catalogue = tools
    tools.occasional = occasions(
        is_planning=lambda: mode.get() is Mode.PLAN,
        has_jobs=lambda session_id: bool(jobs.of(session_id)),
        has_instruction_skills=lambda: any(not is_code(skill) for skill in registry.runnable()),
        skill_tools=lambda: {skill.tool_name for skill in registry.runnable()},
    )
    pricing = GenaiPricing()
    tasks = Tasks()
    told = Told(
        InstructionFiles(*paths.instruction_files, options.project), options.instructions, audit, options.project
    )
    server_sources = ServerSources(paths, options.project, lambda: policy.settings().mcp)
    servers = connect_servers(
        paths=paths,
        where=where,
        network=network,
        shell=shell,
        cages=ServerCages(
            cages,
            paths,
            where,
            own_places,
            audit,
            mode.get,
            lambda: with_real_paths(policy.settings().policy.rules, where),
            grants.grants,
            undo_store,
        ),
        perform=gate.perform,
        registry=tools,
        wrap=lambda offered: hooks.wrap(active.wrap(offered)),
        tasks=tasks,
        agent=lambda: agent,
        learn=redactor.learn,
    )
    servers.configure(server_sources.find())
    agent = ServedAgent(
        provider=OfflineGuide(lambda: skill_examples(registry)),
        registry=tools,
        store=sessions,
        pricing=pricing,
        config=AgentConfig.from_settings(settings),
        clock=clock,
        system=_system_prompt(
            options, registry, tools, told.texts, mode.get, lambda: agent.config.settings.max_skills_in_prompt
        ),
        tasks=tasks,
        subagents=subagents,
        situation=situation,
        mask=mask,
        outflow=gate.model_requests,
    )
    agent.hooks = hooks if found_hooks.active else None
    agent.visited = told.visited
    complaints.agent = agent
    agent.remarks = (*found_hooks.remarks, *told.remarks(), *server_sources.remarks(), *_about_skills(registry))
    agent.servers = servers
    credentials = Credentials(paths.keys)
    return Backend(
        options=options,
        database=database,
        sessions=sessions,
        audit=audit,
        grants=grants,
        skills=registry,
        gate=gate,
        sandbox=sandbox,
        skill_host=host,
        tools=tools,
        active_skills=active,
        agent=agent,
        mode=mode,
        held=held,
        redactor=redactor,
        credentials=credentials,
        places=where,
        network=network,
        pricing=pricing,
        clock=clock,
        shell=shell,
        shell_states=shell_states,
        jobs=jobs,
        cages=cages,
        hooks=hooks,
        found_hooks=found_hooks,
        told=told,
        tasks=tasks,
        undo_store=undo_store,
        undoing=Undoing(undo_store, gate, audit, guard),
        guardian=guardian,
        explaining=Explaining(database, audit, guardian.checkpoints, undo_store, options.project),
        complaints=complaints,
        servers=servers,
        server_sources=server_sources,
        records=records,
        recorder=recorder,
        mask=mask,
        effect_lists=EffectLists(audit, paths.data / "effects"),
    )


def _key_variables(options: Options) -> frozenset[str]:
    """The variables that a connection takes its key from: as little a skill's or a command's as the default one."""
    references = [options.key]
    with suppress(ConfigError):  # whoever uses the connections says what is wrong with them
        references += [connection.key for connection in Connections(options.paths.config_file).all()]
    return frozenset(one.removeprefix("env:") for one in references if one.startswith("env:"))


def skill_tools(registry: SkillRegistry, host: SkillHost) -> Iterable[SkillTool]:
    return [SkillTool(skill, host) for skill in registry.runnable() if is_code(skill)]


def bundled_tools(registry: SkillRegistry) -> frozenset[str]:
    """Tools that are there without anybody having chosen them: they are not sent with every request."""
    return frozenset(skill.tool_name for skill in registry.runnable() if skill.status is SkillStatus.BUNDLED)


def skill_examples(registry: SkillRegistry) -> tuple[ToolExamples, ...]:
    """What the offline guide understands of the skills."""
    return tuple(
        ToolExamples(skill.tool_name, skill.manifest.examples) for skill in registry.runnable() if skill.manifest
    )


def choose_provider(options: Options, credentials: Credentials) -> "ClaudeProvider | None":
    """The model's provider; None where no model is connected and the guide answers. Slow: may ask the keyring.

    Raises:
        ConfigError: the configured connection is not there, or its key is not.
    """
    if options.offline:
        return None
    if options.connection_problem:
        raise ConfigError(options.connection_problem)
    model = options.settings.model
    return provider_for(Endpoint(options.connection, model.base_url, model.name, options.key), credentials)


def _about_skills(registry: SkillRegistry) -> tuple[str, ...]:
    """What the person should know of the project's own skills before the first turn."""
    if not (waiting := registry.untrusted()):
        return ()
    names = ", ".join(visible_line(place.name) for place in waiting[:5])
    more = f" and {len(waiting) - 5} more" if len(waiting) > 5 else ""
    return (
        f"This project has instruction skills ({names}{more}). They are not offered to the model until you have looked "
        "at them: blufio-tui skill trust.",
    )


def _system_prompt(
    options: Options,
    registry: SkillRegistry,
    tools: ToolRegistry,
    instructions: Callable[[], Sequence[tuple[str, str]]],
    mode: Callable[[], Mode],
    max_skills: Callable[[], int],
) -> Callable[[], tuple[SystemBlock, ...]]:
    provider = SkillProvider(
        lambda: [skill for skill in registry.runnable() if not is_code(skill) and not skill.is_hidden]
    )
    computer = machine()

    def system() -> tuple[SystemBlock, ...]:
        blocks = build_system(
            project=str(options.project),
            today=datetime.now().astimezone().date().isoformat(),
            machine=computer,
            skills=provider.lines(),
            tools=[tool.name for tool in tools.unoffered()],
            max_skills=max_skills(),
            instructions=instructions(),
        )
        return (*blocks, SystemBlock(IN_THE_PROMPT)) if mode() is Mode.PLAN else blocks

    return system


def _incident_row(audit: AuditStore) -> Callable[[SandboxCall, str, str], Awaitable[None]]:
    async def record(call: SandboxCall, kind: str, what: str) -> None:
        await audit.append(
            AuditEntry(
                RowType.LIMIT,
                "limit",
                kind,
                actor=call.name,
                call_id=call.call_id,
                outcome=f"error: {kind}",
                detail=what,
            )
        )

    return record
