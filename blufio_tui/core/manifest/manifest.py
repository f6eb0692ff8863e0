"""What a skill declares: the values of a parsed `skill.toml`. The parser is `core.manifest.parser`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from blufio_tui.core.text.json_types import ReadOnlyObject


@dataclass(frozen=True, slots=True)
class NetworkCapability:
    """Hosts a skill may talk to.

    Attributes:
        domains: a name allows itself and its subdomains; `*.name` only its subdomains.
        methods: upper-case HTTP methods; None means every method.
    """

    domains: tuple[str, ...] = ()
    methods: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FilesystemCapability:
    """Paths as written in the manifest: absolute, `~/…` or `${PROJECT}/…`; a folder covers what is below it."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    network: NetworkCapability | None = None
    filesystem: FilesystemCapability = FilesystemCapability()
    env: tuple[str, ...] = ()
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unix: tuple[str, ...] = ()
    """Sockets, as paths. Only servers in the cage can declare them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use; defaults of the contract."""

    fuel: int = 1_000_000_000
    memory_mb: int = 16
    epoch_timeout_secs: int = 5
    output_kb: int = 256
    response_kb: int = 1024


@dataclass(frozen=True, slots=True)
class Example:
    """One `[[examples]]` entry: a sentence with `{placeholders}`, the matching input, and the expected result."""

    say: str
    input: ReadOnlyObject
    output: str | None = None
    output_contains: str | None = None
    denied: str | None = None


Argument = str | tuple[str, ...]
"""One element of `wasm.args`; several that stand or fall together."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    Attributes:
        args, stdin: templates, see `core.manifest.arguments`; None: standard input is the input of the call.
    """

    name: str
    version: str
    description: str
    author: str = ""
    capabilities: Capabilities = Capabilities()
    limits: Limits = Limits()
    entry: str = "skill.wasm"
    parameters: ReadOnlyObject = field(default_factory=lambda: {"type": "object"})
    examples: tuple[Example, ...] = ()
    args: tuple[Argument, ...] = ()
    stdin: str | None = None
