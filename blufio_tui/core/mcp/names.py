"""The names of server tools for the model: `server__tool`, of letters, digits and underscores, at most 64.

A server may use any names: with dots, in other scripts, very long, duplicates. If a name has to be changed so that
information is lost, part of the digest of the original keeps it unique.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping

MAX_NAME = 64
MAX_ORIGINAL = 256
_DIGEST = 6
_STRANGE = re.compile(r"[^A-Za-z0-9_]")
_NO_TOOLS = ("elicitation", "sampling", "prompts", "resources")
_COMMON = str.maketrans("-./:", "____")


def prefix_of(server: str) -> str:
    """The prefix of a server's tool names."""
    return f"{server.replace('-', '_')}__"


def reserved_names(server: str) -> frozenset[str]:
    """Names that rules and the log use for other things than tools. No tool may have one, or an answer about the one
    would apply to the other."""
    return frozenset(prefix_of(server) + word for word in _NO_TOOLS)


def tool_names(server: str, tools: Iterable[str], taken: Container[str] = ()) -> Mapping[str, str]:
    """The name for the model to the server's own, for each tool that can have one.

    A name that a server lists twice is left out, because it is ambiguous.

    Args:
        taken: names that others have already.
    """
    counts = Counter(list(tools))  # a mapping would be taken for counts
    originals = [name for name, times in counts.items() if times == 1 and name and len(name) <= MAX_ORIGINAL]
    plain = Counter(_plain(server, name).casefold() for name in originals)
    exact = {original for original in originals if _plain(server, original) == prefix_of(server) + original}
    names: dict[str, str] = {}
    for original in sorted(originals, key=lambda one: one not in exact):
        simple = _plain(server, original)
        fits = len(simple) <= MAX_NAME and not _loses(original)
        alone = plain[simple.casefold()] == 1
        name = (
            simple if fits and simple not in taken and (original in exact or alone) else _with_digest(simple, original)
        )
        names.setdefault(name, original)
    return names


def _plain(server: str, tool: str) -> str:
    return prefix_of(server) + _STRANGE.sub("_", tool.translate(_COMMON))


def _loses(tool: str) -> bool:
    """Whether simplifying the name loses information."""
    return bool(_STRANGE.search(tool.translate(_COMMON)))


def _with_digest(simple: str, original: str) -> str:
    digest = hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{simple[: MAX_NAME - _DIGEST - 1]}_{digest}"
