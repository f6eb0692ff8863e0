"""Who a server is for the policy: an actor of its own, with what it is declared to do as its manifest."""

from dataclasses import replace

from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.manifest.manifest import Capabilities, Manifest
from blufio_tui.core.mcp.server import ServerConfig, actor_name


def server_actor(config: ServerConfig) -> Actor:
    """The actor. Grants hold for the configuration as it stands: with another command or address they start over.

    The variables that the configuration refers to by `${VAR}` count as declared: whoever wrote or trusted it named
    them.
    """
    declared = config.capabilities or Capabilities()
    name = actor_name(config.name)
    manifest = Manifest(name, "", f"MCP server {config.name}", capabilities=replace(declared, env=config.variables))
    return Actor(ActorKind.SKILL, name, content_hash=config.digest, manifest=manifest)
