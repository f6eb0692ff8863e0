"""Rules for single values of a manifest. Each returns "" or what is wrong, in words."""

import re
import unicodedata

from blufio_tui.core.text.display import is_hidden, printable
from blufio_tui.core.text.public_suffix import is_public_suffix

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
ENV_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
MAX_DESCRIPTION = 1024
ENTRY_KINDS = (".wasm", ".wat", ".py")

# semver.org, section "Is there a suggested regular expression".
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?",
    re.ASCII,
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def name_problem(name: str) -> str:
    if NAME.fullmatch(name):
        return "must not begin with -: a program would take it for an option" if name.startswith("-") else ""
    strange = next((char for char in name if not re.fullmatch(r"[A-Za-z0-9_-]", char)), "")
    if strange:
        return f"may hold only A-Z, a-z, 0-9, - and _, not {_named(strange)}"
    return "must have 1 to 64 characters"


def version_problem(version: str) -> str:
    if len(version) <= 128 and _SEMVER.fullmatch(version):
        return ""
    return f'"{printable(version)}" is not a semantic version such as 1.0.0'


def line_problem(text: str, limit: int) -> str:
    """A text for people: one line, not empty, nothing that could repaint a terminal or hide."""
    if not text.strip():
        return "must not be empty"
    if len(text) > limit:
        return f"has {len(text)} characters; at most {limit} are allowed"
    hidden = next((char for char in text if is_hidden(char)), "")
    if hidden in ("\n", "\r"):
        return "must be one line"
    return f"must not hold {_named(hidden)}" if hidden else ""


def canonical_domain(domain: str) -> tuple[str, str]:
    """(canonical form, problem): lower case, IDNA labels, no trailing dot; `*.` is kept."""
    wildcard = "*." if domain.startswith("*.") else ""
    host = domain.removeprefix("*.").removesuffix(".")
    if not host:
        return "", "an empty name would allow every host; name the hosts you need"
    if _is_address(host):
        return "", f'"{printable(domain)}" is an address; a manifest names hosts, and a user allows addresses'
    ascii_host = _to_ascii(host)
    labels = ascii_host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return "", f'"{printable(domain)}" is not a host name; no scheme, port, path or inner * here'
    if len(ascii_host) > 253:
        return "", "a host name has at most 253 characters"
    if ascii_host == "localhost" and not wildcard:
        return ascii_host, ""
    if len(labels) < 2:
        return "", f'"{printable(domain)}" is a whole top-level domain; name the hosts you need'
    if is_public_suffix(ascii_host):
        return (
            "",
            f'"{printable(domain)}" is a public suffix: anybody can be below it; name the hosts you need',
        )
    return wildcard + ascii_host, ""


def path_problem(path: str) -> str:
    """Declared paths: absolute, below `~` or below `${PROJECT}`, without `..`."""
    if any(is_hidden(char) for char in path):
        return f'"{printable(path)}" holds a hidden character'
    anchored = path in ("~", "${PROJECT}") or path.startswith(("/", "~/", "${PROJECT}/"))
    if not anchored:
        return f'"{printable(path)}" must start with /, ~/ or ${{PROJECT}}/'
    if ".." in path.split("/"):
        return f'"{printable(path)}" must not hold ..'
    return '"*" is not a pattern here: a folder covers what is below it' if "*" in path else ""


def entry_problem(entry: str) -> str:
    """The module lies inside the skill's folder and is of a kind that can run."""
    parts = entry.split("/")
    if not entry or entry.startswith("/") or "\\" in entry or any(part in ("", ".", "..") for part in parts):
        return f'"{printable(entry)}" must be a path inside the skill\'s folder'
    if any(is_hidden(char) for char in entry):
        return f'"{printable(entry)}" holds a hidden character'
    if not entry.endswith(ENTRY_KINDS):
        return f'"{printable(entry)}" must end in .wasm, .wat or .py'
    return ""


def _is_address(host: str) -> bool:
    """Any spelling that a resolver could take for an address: `1.2.3.4`, `0x7f.1`, `2130706433`, `[::1]`."""
    import ipaddress

    bare = host.strip("[]")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        last = bare.rsplit(".", 1)[-1].lower()
        return bool(re.fullmatch(r"\d+|0x[0-9a-f]*", last))
    return True


def _to_ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return "?"


def _named(char: str) -> str:
    name = unicodedata.name(char, "")
    code = f"U+{ord(char):04X}"
    shown = f'"{char}" ' if not is_hidden(char) else ""
    return f"{shown}({code} {name})" if name else f"{shown}({code})"
