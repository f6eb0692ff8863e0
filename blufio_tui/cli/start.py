"""The options that every command takes, as a value."""

import argparse

from blufio_tui.features.start.arguments import StartOptions


def start_options(args: argparse.Namespace) -> StartOptions:
    """What was parsed. A subcommand leaves out what was not given, so that it hides nothing given before it."""
    given = vars(args)
    return StartOptions(
        project=given.get("project"),
        model=given.get("model"),
        base_url=given.get("base_url"),
        mode=given.get("mode"),
        offline=given.get("offline", False),
        instructions=given.get("instructions") or "",
        on_denial=given.get("on_denial"),
        resume=given.get("resume"),
        continue_last=given.get("continue_last", False),
    )
