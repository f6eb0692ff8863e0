"""The errors of the program.

    BlufioError
    ├── UsageError            the command line or a form was used wrongly        (exit code 2)
    ├── NotThere              what was named does not exist
    ├── ConfigError           config.toml, grants.toml or a theme cannot be used (exit code 2)
    │   └── UnwritableConfig  a setting cannot be stored                         (exit code 1)
    ├── ManifestError         a skill.toml or SKILL.md is not valid
    ├── SkillError            a skill cannot be installed, found or verified
    ├── CapabilityDenied      the policy said no
    ├── HostError             a permitted effect failed (no such file, connection refused, …)
    ├── SandboxError          a call in the sandbox ended badly; carries an `ErrorKind`
    ├── ProviderError         the model could not be reached or refused the request
    ├── BudgetExceeded        a spending limit of the configuration is used up
    └── StorageError          the database cannot be read or written

Each message says what happened, to what, and what to do next.
"""

from enum import StrEnum


class ErrorKind(StrEnum):
    """How a tool call can end badly: the `error.kind` of `skill run --json`."""

    CAPABILITY_DENIED = "capability_denied"
    FUEL_EXHAUSTED = "fuel_exhausted"
    TIMEOUT = "timeout"
    MEMORY_LIMIT = "memory_limit"
    STACK_OVERFLOW = "stack_overflow"
    TRAP = "trap"
    OUTPUT_LIMIT = "output_limit"
    HOST_ERROR = "host_error"
    INVALID_MODULE = "invalid_module"
    INVALID_MANIFEST = "invalid_manifest"
    INTEGRITY = "integrity"
    WORKER_CRASHED = "worker_crashed"
    CANCELLED = "cancelled"


class BlufioError(Exception):
    """The root: everything this program raises on purpose."""


class UsageError(BlufioError):
    pass


class NotThere(BlufioError):
    """A session, grant, secret, skill or folder that was named does not exist."""


class ConfigError(BlufioError):
    pass


class UnwritableConfig(ConfigError):
    """The configuration is as it was: the disk is full, or may only be read."""


class ManifestError(BlufioError):
    pass


class SkillError(BlufioError):
    pass


class CapabilityDenied(BlufioError):
    """The policy refused an effect.

    Attributes:
        kind: the capability kind, such as `fs.read`.
        resource: the canonical target that was refused.
        why: the rule that decided, in words.
        for_model: the same for the model, with what it can do next; "" if only the message is known.
    """

    def __init__(self, kind: str, resource: str, why: str = "", for_model: str = "") -> None:
        self.kind = kind
        self.resource = resource
        self.why = why
        self.for_model = for_model
        message = f"capability not permitted: {kind} {resource}"
        super().__init__(f"{message} ({why})" if why else message)


class HostError(BlufioError):
    """A permitted effect failed. `message` has no prefix; the sandbox adds `host error: `.

    Attributes:
        errno: the operating system's error number where there is one, else 0; a WASI guest sees it translated.
    """

    def __init__(self, message: str, errno: int = 0) -> None:
        self.errno = errno
        super().__init__(message)


class SandboxError(BlufioError):
    def __init__(self, kind: ErrorKind, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class ProviderError(BlufioError):
    """A request to the model failed for good.

    Attributes:
        kind: a short machine-readable name (`authentication`, `rate_limit`, `connection`, …).
        window: for `context_overflow`, the tokens that the server said fit; 0 if it named no number.
        place: for `image`, the message and the block of the request that were refused; None if it did not say.
    """

    def __init__(self, kind: str, message: str, *, window: int = 0, place: tuple[int, int] | None = None) -> None:
        self.kind = kind
        self.window = window
        self.place = place
        super().__init__(message)


class BudgetExceeded(BlufioError):
    pass


class StorageError(BlufioError):
    pass


class NeverRule(Exception):
    """A guard refuses the target whatever anyone grants; the text is the rule in words."""
