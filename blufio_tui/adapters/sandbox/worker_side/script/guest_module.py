"""The module `blufio` of a script, in MicroPython; `calls` is its other half. docs/scripts.md describes it.

A script that uses two functions of it should not pay for compiling all of them at each call: `BOOT` puts a stand-in
in the module's place, and each name is a part of its own, fetched and compiled when a script first uses it. The parts
share one namespace. Comments where there would be docstrings: nobody asks the guest for help.
"""

from collections.abc import Mapping

_BOOT = """\
from host import call as _call
import sys

class _Module:
    def __getattr__(self, name):
        exec(compile(_call("part", name), "blufio.py", "exec"), globals())
        value = globals()[name]
        setattr(self, name, value)
        return value

sys.modules["blufio"] = _blufio = _Module()
"""

_READABLE = {
    "HostError": """\
class HostError(OSError):
    # A permitted call failed: no such file, connection refused, too large, ...
    pass
""",
    "_ask": """\
def _ask(name, payload=b""):
    reply = _call(name, payload)
    if reply[0] == "+":
        return _call("more", "")
    if reply[0] == "!":
        raise _blufio.HostError(reply[1:])
    return reply[1:]
""",
    "_bytes": """\
def _bytes(encoded):
    if encoded[0] == "t":
        return encoded[1:].encode()
    from ubinascii import a2b_base64

    return a2b_base64(encoded[1:])
""",
    "input": """\
import ujson as _json

def input():
    # The input of the call.
    reply = _call("input", "")
    return _json.loads(reply[1:] if reply != "+" else _call("more", ""))
""",
    "output": """\
import ujson as _json

def output(value):
    # The result of the call: text as it is, anything else as JSON. The last one counts.
    _call("output", value if isinstance(value, (str, bytes)) else _json.dumps(value))
""",
    "log": """\
def log(message, level="info"):
    # A line of the log; levels are trace, debug, info, warn and error.
    _call("log", level + "\\0" + str(message))
""",
    "read_file": """\
def read_file(path, text=False):
    # The content of a file: bytes, or a str with text=True.
    encoded = _blufio._ask("read", path)
    if text and encoded[0] == "t":
        return encoded[1:]
    data = _blufio._bytes(encoded)
    return data.decode() if text else data
""",
    "write_file": """\
def write_file(path, data):
    # Create or replace a file as a whole with bytes or a str.
    if isinstance(data, str):
        data = data.encode()
    _blufio._ask("write", path.encode() + b"\\0" + bytes(data))
""",
    "list_dir": """\
import ujson as _json

def list_dir(path):
    # The entries of a folder: a list of {"name", "type", "size"}.
    return _json.loads(_blufio._ask("list", path))
""",
    "env": """\
def env(key, default=None):
    # An environment variable, or `default` when it is not set.
    value = _blufio._ask("env", key)
    return value[1:] if value[0] == "=" else default
""",
    "http": """\
import ujson as _json

class Response:
    # What `http` returns: status, url, headers (names in lower case), body (text, or bytes if it is none).

    def __init__(self, fields):
        self.status = fields["status"]
        self.url = fields["url"]
        self.headers = fields["headers"]
        if "body" in fields:
            self.body = fields["body"]
        else:
            self.body = _blufio._bytes("b" + fields["body_base64"])

    def json(self):
        return _json.loads(self.body)

    def __getitem__(self, name):
        return getattr(self, name)

def http(method="GET", url=None, headers=None, body=None):
    # One HTTP request; a URL alone is a GET. A status such as 404 is a response, not an error.
    if url is None:
        method, url = "GET", method
    if body is not None and not isinstance(body, (str, bytes, bytearray)):
        body = _json.dumps(body)
        headers = dict(headers or {})
        if not any(name.lower() == "content-type" for name in headers):
            headers["content-type"] = "application/json"
    if isinstance(body, str):
        body = body.encode()
    request = _json.dumps({"method": method, "url": url, "headers": headers or {}})
    return Response(_json.loads(_blufio._ask("http", request.encode() + b"\\0" + bytes(body or b""))))
""",
}


def _compact(source: str) -> bytes:
    """Without comments and blank lines, and indented by single blanks: the guest reads each character at each call."""
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return "\n".join(" " * (_indent(line) // 4) + line.lstrip() for line in lines).encode()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


BOOT = _compact(_BOOT)
"""Runs before the script, in a namespace of its own."""
PARTS: Mapping[str, bytes] = {name: _compact(source) for name, source in _READABLE.items()}
WHOLE = b"\n".join((b"from host import call as _call\nimport blufio as _blufio", *PARTS.values()))
"""All of it as an ordinary module, for a script that imports `*`: a stand-in has nothing to show for that."""
