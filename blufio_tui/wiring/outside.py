"""The third stage: what carries effects out, and what it works with."""

from dataclasses import dataclass

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.commands.environment import Environment
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.effect_runner import HostEffects
from blufio_tui.adapters.files.guard import FileGuard
from blufio_tui.adapters.net.network import Network
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.gate.ports import EffectRunner
from blufio_tui.core.shell.jobs import Jobs
from blufio_tui.core.shell.state import ShellStates
from blufio_tui.core.skills.sandbox import SandboxCall, incident_entry
from blufio_tui.features.cage.cages import Cages, premises_of
from blufio_tui.features.policy.now import PolicyNow
from blufio_tui.features.start.options import Options
from blufio_tui.wiring.stored import Stored


@dataclass(frozen=True, slots=True)
class Outside:
    """
    Attributes:
        runner: carries out what the gate has allowed, with the rest of these.
        shell_states: the folder and the variables of each session's commands.
    """

    runner: EffectRunner
    files: FileGuard
    network: Network
    shell: Shell
    shell_states: ShellStates
    jobs: Jobs
    cages: Cages
    sandbox: SandboxClient


def outside_of(options: Options, stored: Stored, policy: PolicyNow) -> Outside:
    paths, settings, secrets = options.paths, stored.settings.at_start, stored.secrets
    files = FileGuard(policy.places, stored.untouchable)
    network = Network(
        settings.network.allow_private, settings.network.proxy, secrets.store, learn=secrets.redactor.learn
    )
    jobs = Jobs(SystemClock().monotonic)
    cages = Cages(
        premises_of(paths, policy.places, stored.untouchable),
        stored.audit,
        lambda: stored.settings.now().commands,
        policy.mode.get,
        policy.rules,
        grants=stored.grants.grants,
        keeper=stored.undo,
    )
    shell = Shell(
        known_secrets=secrets.known.values(),
        passed=settings.policy.pass_env,
        own=secrets.variables,
        jobs=jobs,
        outputs=stored.outputs,
        cage=cages,
    )
    environment = Environment(learn=secrets.redactor.learn, own=secrets.variables)

    async def record_incident(call: SandboxCall, kind: str, what: str) -> None:
        await stored.audit.append(incident_entry(call, kind, what))

    return Outside(
        runner=HostEffects(files, network, environment, shell, policy.is_hidden, stored.undo),
        files=files,
        network=network,
        shell=shell,
        shell_states=ShellStates(policy.places.project),
        jobs=jobs,
        cages=cages,
        sandbox=SandboxClient(paths.cache / "modules", on_incident=record_incident),
    )
