"""Connections to models, and the models they offer, as values."""

from dataclasses import dataclass
from urllib.parse import urlsplit

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Connection:
    """A server that speaks the Anthropic Messages API.

    Attributes:
        name: "" for what the environment and `model.base_url` say by themselves.
        base_url: "" is Anthropic's own.
        key: a reference, never a key: "" the default one, `env:NAME`, `none`, or the name of a stored key.
    """

    name: str
    base_url: str = ""
    model: str = ""
    key: str = ""

    @property
    def warning(self) -> str:
        """What a person should know before using it, "" if nothing."""
        parts = urlsplit(self.base_url)
        if parts.scheme == "http" and self.key != "none" and parts.hostname not in _LOCAL:
            return f"{self.base_url} is not encrypted: the key and everything you send can be read on the way"
        return ""


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """Whether a model answers, and a sentence about it. `model` is the one that was asked, "" for none."""

    ok: bool
    message: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that can be chosen. `window` in tokens, 0 if the server does not say."""

    id: str
    title: str
    window: int = 0
