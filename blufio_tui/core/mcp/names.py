"""What the model calls the tools of servers: `server__tool`, of letters, digits and underscores, at most 64.

A server may call its tools as it likes: with dots, in other scripts, at length, two the same. Where a name has to be
changed so that something is lost, a piece of the original's digest keeps it apart from every other.
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
    """What begins the names of a server's tools."""
    return f"{server.replace('-', '_')}__"


def reserved_names(server: str) -> frozenset[str]:
    """What rules and the log call that which is no tool: none may have such a name, or an answer for the one would be
    an answer for the other."""
    return frozenset(prefix_of(server) + word for word in _NO_TOOLS)


def tool_names(server: str, tools: Iterable[str], taken: Container[str] = ()) -> Mapping[str, str]:
    """The name for the model to the server's own, for each tool that can have one.

    A tool that a server lists twice under the same name has none: nobody could say which is meant.

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
    """Whether something goes that another name might differ in."""
    return bool(_STRANGE.search(tool.translate(_COMMON)))


def _with_digest(simple: str, original: str) -> str:
    digest = hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{simple[: MAX_NAME - _DIGEST - 1]}_{digest}"
