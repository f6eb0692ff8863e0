"""A manifest as one JSON document, as the registry keeps it: quick to read back, without parsing TOML.

The values are imported where they are made: a list of skills has no use for them.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blufio_tui.core.manifest.manifest import Capabilities, Manifest, NetworkCapability
    from blufio_tui.core.text.json_types import JsonObject


def manifest_to_json(manifest: Manifest) -> str:
    return json.dumps(asdict(manifest), ensure_ascii=False, separators=(",", ":"))


def manifest_from_json(text: str) -> Manifest:
    """The reverse of `manifest_to_json`; the text comes from our own database and is not checked again."""
    from blufio_tui.core.manifest.manifest import Example, Limits, Manifest

    data = json.loads(text)
    data["capabilities"] = capabilities_from(data["capabilities"])
    data["limits"] = Limits(**data["limits"])
    data["examples"] = tuple(Example(**example) for example in data["examples"])
    data["args"] = tuple(tuple(one) if isinstance(one, list) else one for one in data.get("args", ()))
    return Manifest(**data)


def capabilities_from(data: dict[str, dict[str, list[str]] | list[str]]) -> Capabilities:
    from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability

    network, filesystem = data["network"], data["filesystem"]
    secrets = data["secrets"]
    assert isinstance(filesystem, dict) and isinstance(secrets, dict)
    return Capabilities(
        network=_network(network) if isinstance(network, dict) else None,
        filesystem=FilesystemCapability(tuple(filesystem["read"]), tuple(filesystem["write"])),
        env=tuple(data["env"]),
        secrets={name: tuple(hosts) for name, hosts in secrets.items()},
    )


def capabilities_json(capabilities: Capabilities) -> JsonObject:
    """The `capabilities` of `skill list --json`: only what is declared."""
    return declared_capabilities(asdict(capabilities))


def declared_capabilities(stored: dict[str, Any]) -> JsonObject:
    """The same from the `capabilities` of a stored manifest, without taking it apart."""
    declared: JsonObject = {}
    if network := stored["network"]:
        methods: JsonObject = {} if network["methods"] is None else {"methods": list(network["methods"])}
        declared["network"] = {"domains": list(network["domains"]), **methods}
    filesystem = stored["filesystem"]
    if filesystem["read"] or filesystem["write"]:
        declared["filesystem"] = {"read": list(filesystem["read"]), "write": list(filesystem["write"])}
    if stored["env"]:
        declared["env"] = list(stored["env"])
    if stored["secrets"]:
        declared["secrets"] = {name: list(hosts) for name, hosts in stored["secrets"].items()}
    return declared


def _network(data: dict[str, list[str]]) -> NetworkCapability:
    from blufio_tui.core.manifest.manifest import NetworkCapability

    methods = data["methods"]
    return NetworkCapability(tuple(data["domains"]), None if methods is None else tuple(methods))
