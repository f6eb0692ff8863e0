"""The configuration, overridden by the command line."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.adapters.commands.own_programs import distrust
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.shared_home import refuse_shared
from blufio_tui.adapters.config.trust import trusted_settings
from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import ConfigError, UsageError
from blufio_tui.core.settings.parser import parse_value
from blufio_tui.core.settings.schema import Settings
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.endpoints import Endpoint, endpoint_of, provider_for, with_endpoint

if TYPE_CHECKING:
    from blufio_tui.adapters.model.claude import ClaudeProvider
    from blufio_tui.adapters.model.credentials import Credentials

_FROM_ENVIRONMENT = ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")


@dataclass(frozen=True, slots=True)
class Options:
    """
    Attributes:
        mode: the permission mode to start with.
        mode_chosen: False if the mode is `deny` only since there is nobody to ask.
        connection: name of the connection that answers, "" for the defaults.
        key: reference of that connection's key.
        connection_problem: why the configured connection cannot be used, "" if it can.
        model_given: the command line chose model or server for this run.
        instructions: `trust` or `ignore` the project's for this run, "" for what was answered before.
        answers_allow: without a screen, questions are answered with "allow once".
    """

    paths: Paths
    settings: Settings
    project: Path
    mode: Mode
    answers_allow: bool
    offline: bool
    connection: str = ""
    key: str = ""
    connection_problem: str = ""
    model_given: bool = False
    mode_chosen: bool = True
    instructions: str = ""


def likely_model(options: Options) -> str:
    """The model that will answer, as far as it can be told before a key was looked for; "" for the offline guide."""
    named = options.connection or options.settings.model.base_url
    if options.offline or not (named or any(STARTED_WITH.get(name) for name in _FROM_ENVIRONMENT)):
        return ""
    return options.settings.model.name


def choose_provider(options: Options, credentials: "Credentials") -> "ClaudeProvider | None":
    """The model's provider; None if no model is connected and the guide answers. Slow: may ask the keyring.

    Raises:
        ConfigError: the configured connection is not there, or its key is not.
    """
    if options.offline:
        return None
    if options.connection_problem:
        raise ConfigError(options.connection_problem)
    model = options.settings.model
    return provider_for(Endpoint(options.connection, model.base_url, model.name, options.key), credentials)


def read_options(start: StartOptions, *, interactive: bool) -> Options:
    """
    Raises:
        ConfigError: config.toml or an option does not fit the schema, or others can change what decides.
        UsageError: the project folder does not exist.
    """
    paths = Paths.from_environment()
    refuse_shared(paths)
    settings, endpoint, problem = _connected(trusted_settings(paths.config_file, paths.keys), paths.config_file, start)
    model = settings.model
    if start.model:
        model = replace(model, name=parse_value("model.name", start.model))
    if start.base_url:
        model = replace(model, base_url=parse_value("model.base_url", start.base_url))
    project = project_folder(start.project)
    distrust(project)
    answers_allow = start.on_denial == "allow"
    wanted_mode = start.mode or settings.policy.mode
    return Options(
        paths=paths,
        settings=replace(settings, model=model),
        project=project,
        mode=_mode(start.mode, settings, interactive=interactive, answers_allow=answers_allow),
        mode_chosen=interactive or answers_allow or wanted_mode != Mode.ASK.value,
        answers_allow=answers_allow,
        offline=start.offline,
        connection=endpoint.name,
        key=endpoint.key,
        connection_problem=problem,
        instructions=start.instructions,
        model_given=bool(start.model or start.base_url),
    )


def _connected(settings: Settings, config_file: Path, start: StartOptions) -> tuple[Settings, Endpoint, str]:
    """The named connection laid over `model`. A server given on the command line takes its place."""
    if start.base_url:
        settings = replace(settings, model=replace(settings.model, connection=""))
    try:
        endpoint = endpoint_of(settings, config_file)
    except ConfigError as error:
        return settings, Endpoint(settings.model.connection, "", settings.model.name), str(error)
    return with_endpoint(settings, endpoint), endpoint, ""


def project_folder(given: Path | None) -> Path:
    """The project: what was given, else where we are.

    Raises:
        UsageError: it is not a folder, or has a name that is not text.
    """
    try:
        project = (given or Path.cwd()).expanduser().resolve()
        is_folder = project.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # ValueError: no path, as with a NUL in it
        raise UsageError(f"there is no project folder here ({error}); name one with --project") from None
    shown = str(project).encode("utf-8", "backslashreplace").decode()
    if not is_folder:
        raise UsageError(f"the project folder {shown} does not exist or is not a folder; name another with --project")
    if shown != str(project):
        raise UsageError(f"the name of the project folder {shown} is not UTF-8; rename it, or name another")
    return project


def _mode(given: str | None, settings: Settings, *, interactive: bool, answers_allow: bool) -> Mode:
    """Without a screen nobody can be asked: `ask` is then `deny`, unless questions are answered beforehand."""
    if interactive:
        return Mode(given or settings.policy.mode)
    if given and given != Mode.ASK.value:
        return Mode(given)
    return Mode.ASK if answers_allow else Mode.DENY
