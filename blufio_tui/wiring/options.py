"""What the command line says, laid over the configuration."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from blufio_tui.adapters.paths import Paths
from blufio_tui.adapters.settings import load_settings
from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import UsageError
from blufio_tui.core.settings import Settings
from blufio_tui.core.settings_parser import parse_value


@dataclass(frozen=True, slots=True)
class Options:
    """
    Attributes:
        mode: the permission mode to start with.
        answers_allow: without a screen, questions are answered with "allow once".
    """

    paths: Paths
    settings: Settings
    project: Path
    mode: Mode
    answers_allow: bool
    offline: bool


def read_options(args: argparse.Namespace, *, interactive: bool) -> Options:
    """
    Raises:
        ConfigError: config.toml or an option does not fit the schema.
        UsageError: the project folder does not exist.
    """
    paths = Paths.from_environment()
    settings = _with_model(load_settings(paths.config_file), args)
    answers_allow = getattr(args, "on_denial", None) == "allow"
    return Options(
        paths=paths,
        settings=settings,
        project=_project(getattr(args, "project", None)),
        mode=_mode(getattr(args, "mode", None), settings, interactive=interactive, answers_allow=answers_allow),
        answers_allow=answers_allow,
        offline=bool(getattr(args, "offline", False)),
    )


def _with_model(settings: Settings, args: argparse.Namespace) -> Settings:
    model = settings.model
    if name := getattr(args, "model", None):
        model = replace(model, name=parse_value("model.name", name))
    if base_url := getattr(args, "base_url", None):
        model = replace(model, base_url=parse_value("model.base_url", base_url))
    return replace(settings, model=model)


def _project(given: Path | None) -> Path:
    project = (given or Path.cwd()).expanduser().resolve()
    if not project.is_dir():
        raise UsageError(f"the project folder {project} does not exist or is not a folder; name another with --project")
    return project


def _mode(given: str | None, settings: Settings, *, interactive: bool, answers_allow: bool) -> Mode:
    """Without a screen nobody can be asked: `ask` is then `deny`, unless questions are answered beforehand."""
    if interactive:
        return Mode(given or settings.policy.mode)
    if given and given != Mode.ASK.value:
        return Mode(given)
    return Mode.ASK if answers_allow else Mode.DENY
