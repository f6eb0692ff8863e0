"""The last stages: what the agent is given, and the agent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.hook_files import FoundHooks, HookFiles
from blufio_tui.adapters.config.instructions import InstructionFiles
from blufio_tui.adapters.files.pdf import read_pdf
from blufio_tui.adapters.mcp.servers import Servers
from blufio_tui.adapters.model.offline import OfflineGuide
from blufio_tui.adapters.model.pricing import GenaiPricing
from blufio_tui.adapters.net.readable import readable
from blufio_tui.adapters.skills.registry import is_code
from blufio_tui.core.agent.agent import Agent
from blufio_tui.core.agent.config import AgentConfig
from blufio_tui.core.agent.occasional import occasions
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.result_pages import ReadResultTool
from blufio_tui.core.agent.subagents import Subagents
from blufio_tui.core.agent.task_tool import TaskTool
from blufio_tui.core.asking import Person
from blufio_tui.core.builtin.ask_user import AskUserTool
from blufio_tui.core.builtin.bash import BashTool
from blufio_tui.core.builtin.edit import EditTool
from blufio_tui.core.builtin.file import FileTool
from blufio_tui.core.builtin.find_tool import ToolFinder
from blufio_tui.core.builtin.http import HttpTool
from blufio_tui.core.builtin.job_tools import JobKillTool, JobOutputTool
from blufio_tui.core.builtin.patience import Patience
from blufio_tui.core.builtin.plan import PlanTool
from blufio_tui.core.builtin.search import FindTool, SearchTool
from blufio_tui.core.builtin.todo import TodoTool
from blufio_tui.core.capability import Mode
from blufio_tui.core.files.seen import SeenFiles
from blufio_tui.core.gate.gate import Gate
from blufio_tui.core.hooks.running import HookRunner
from blufio_tui.core.servers.agent import ServedAgent
from blufio_tui.core.skills.active import ActiveSkills
from blufio_tui.core.skills.load_skill import LoadSkill
from blufio_tui.core.skills.tool import SkillHost
from blufio_tui.core.tasks import Tasks
from blufio_tui.core.text.key_masks import mask_keys
from blufio_tui.core.tools import Tool
from blufio_tui.features.policy.now import PolicyNow
from blufio_tui.features.prompt.instructions import Told
from blufio_tui.features.prompt.situation import ProjectSituation, system_prompt
from blufio_tui.features.servers.connecting import ServerCages, ServerSources, connect_servers
from blufio_tui.features.skills.tools import about_untrusted, bundled_tools, skill_examples, skill_tools
from blufio_tui.features.start.options import Options
from blufio_tui.wiring.outside import Outside
from blufio_tui.wiring.stored import Stored


@dataclass(frozen=True, slots=True)
class Equipment:
    """
    Attributes:
        found_hooks: those that the hook runner was made of, and what is to be said of them.
        told: what the instruction files say, and which of them count.
        mask: takes keys out of what a model is told.
        tasks: owns what is under way for the agent.
    """

    tools: ToolRegistry
    skill_host: SkillHost
    active_skills: ActiveSkills
    found_hooks: FoundHooks
    hooks: HookRunner
    servers: Servers
    server_sources: ServerSources
    subagents: Subagents
    told: Told
    pricing: GenaiPricing
    mask: Callable[[str], str]
    tasks: Tasks


def equipment_of(
    options: Options,
    stored: Stored,
    policy: PolicyNow,
    outside: Outside,
    gate: Gate,
    person: Person,
    agent: Callable[[], Agent],
) -> Equipment:
    """
    Args:
        person: whom the model can ask.
        agent: who answers the servers that ask a model; called when one does.
    """
    paths, mode, skills, settings = options.paths, policy.mode, stored.skills, stored.settings
    active = ActiveSkills(limiting=settings.at_start.skills.limit_tools)
    host = SkillHost(outside.sandbox, gate, skills.check, policy.places, stored.recorder, policy.kept_from_models)
    found_hooks = HookFiles(paths.config, options.project, stored.own_hooks).find()
    hooks = HookRunner(gate.perform, policy.places.project, found_hooks.active)

    def wrap(tools: Iterable[Tool]) -> list[Tool]:
        return hooks.wrap(active.wrap(tools))

    def mask(text: str) -> str:
        return mask_keys(text, settings.now().agent.keys_shown)

    finder, patience, subagents, tasks = ToolFinder(), Patience(), Subagents(), Tasks()
    others: list[Tool] = [
        LoadSkill(skills, active),
        ReadResultTool(stored.sessions, stored.outputs),
        TodoTool(),
        AskUserTool(person, patience),
        PlanTool(person, mode.get, patience),
        TaskTool(subagents),
        finder,
    ]
    tools = ToolRegistry(
        wrap([*_tools_of_the_machine(policy.places.project, outside, gate, mask), *others]),
        wrap(skill_tools(skills, host)),
        found_only=bundled_tools(skills),
        most_shown=settings.at_start.mcp.tools_in_prompt,
    )
    finder.catalogue = tools
    tools.occasional = occasions(
        is_planning=lambda: mode.get() is Mode.PLAN,
        has_jobs=lambda session_id: bool(outside.jobs.of(session_id)),
        has_instruction_skills=lambda: any(not is_code(skill) for skill in skills.runnable()),
        skill_tools=lambda: {skill.tool_name for skill in skills.runnable()},
    )
    servers = connect_servers(
        paths=paths,
        where=policy.places,
        network=outside.network,
        shell=outside.shell,
        cages=ServerCages(outside.cages, paths, stored.untouchable, stored.audit, policy, stored.grants, stored.undo),
        perform=gate.perform,
        registry=tools,
        wrap=wrap,
        tasks=tasks,
        agent=agent,
        learn=stored.secrets.redactor.learn,
    )
    server_sources = ServerSources(paths, options.project, lambda: settings.in_file().mcp)
    servers.configure(server_sources.find())
    instructions = InstructionFiles(*paths.instruction_files, options.project)
    return Equipment(
        tools=tools,
        skill_host=host,
        active_skills=active,
        found_hooks=found_hooks,
        hooks=hooks,
        servers=servers,
        server_sources=server_sources,
        subagents=subagents,
        told=Told(instructions, options.instructions, stored.audit, options.project),
        pricing=GenaiPricing(),
        mask=mask,
        tasks=tasks,
    )


def agent_with(
    equipment: Equipment,
    options: Options,
    stored: Stored,
    policy: PolicyNow,
    outside: Outside,
    gate: Gate,
    *,
    asked: bool,
) -> ServedAgent:
    """
    Args:
        asked: whether questions of the gate find somebody who answers them.
    """
    skills, settings, told, hooks = stored.skills, stored.settings, equipment.told, equipment.found_hooks
    agent = ServedAgent(
        provider=OfflineGuide(lambda: skill_examples(skills)),
        registry=equipment.tools,
        store=stored.sessions,
        pricing=equipment.pricing,
        config=AgentConfig.from_settings(settings.at_start),
        clock=SystemClock(),
        system=system_prompt(
            options.project,
            skills,
            equipment.tools,
            told.texts,
            policy.mode.get,
            lambda: settings.now().agent.max_skills_in_prompt,
        ),
        tasks=equipment.tasks,
        subagents=equipment.subagents,
        situation=ProjectSituation(
            options.project,
            policy.mode.get,
            asked=asked,
            caged=outside.cages.run_unasked,
        ),
        mask=equipment.mask,
        outflow=gate.model_requests,
        settings=settings.now,
    )
    agent.hooks = equipment.hooks if hooks.active else None
    agent.visited = told.visited
    agent.changed_files = stored.undo.known
    agent.servers = equipment.servers
    about_servers = equipment.server_sources.remarks()
    agent.remarks = (*hooks.remarks, *told.remarks(), *about_servers, *about_untrusted(skills))
    return agent


def _tools_of_the_machine(project: str, outside: Outside, gate: Gate, mask: Callable[[str], str]) -> list[Tool]:
    """Files, commands and the network."""
    seen = SeenFiles()
    return [
        BashTool(gate.perform, project, states=outside.shell_states, environment=outside.shell.environment()),
        JobOutputTool(outside.jobs),
        JobKillTool(outside.jobs),
        FileTool(gate.perform, seen, project=project, mask=mask, read_pdf=read_pdf),
        EditTool(gate.perform, seen, project=project, mask=mask),
        FindTool(gate.perform, project=project),
        SearchTool(gate.perform, project=project),
        HttpTool(gate.perform, readable),
    ]
