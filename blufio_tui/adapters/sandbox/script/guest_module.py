"""The module `blufio` of a script, in MicroPython; `calls` is its other half. docs/scripts.md describes it.

Comments where there would be docstrings: they are read at each call, and nobody asks the guest for help.
"""

SOURCE = """\
import host as _host
import json as _json


class HostError(OSError):
    # A permitted call failed: no such file, connection refused, too large, ...
    pass


def _call(name, payload=b""):
    reply = _host.call(name, payload)
    mark = reply[0]
    if mark == "+":
        return _host.call("more", b"")
    if mark == "!":
        raise HostError(reply[1:])
    return reply[1:]


def _bytes(encoded):
    if encoded[0] == "t":
        return encoded[1:].encode()
    from binascii import a2b_base64

    return a2b_base64(encoded[1:])


def input():
    # The input of the call.
    return _json.loads(_call("input"))


def output(value):
    # The result of the call: text as it is, anything else as JSON. The last one counts.
    _call("output", value if isinstance(value, (str, bytes)) else _json.dumps(value))


def log(message, level="info"):
    # A line of the log; levels are trace, debug, info, warn and error.
    _call("log", level + "\\0" + str(message))


def http(*args, **named):
    # Compiled at the first request: most scripts make none.
    _host.call("load", "blufio.http")
    exec(compile(_host.call("more", ""), "blufio.py", "exec"), globals())
    return globals()["http"](*args, **named)


def read_file(path, text=False):
    # The content of a file: bytes, or a str with text=True.
    encoded = _call("read", path)
    if text and encoded[0] == "t":
        return encoded[1:]
    data = _bytes(encoded)
    return data.decode() if text else data


def write_file(path, data):
    # Create or replace a file as a whole with bytes or a str.
    if isinstance(data, str):
        data = data.encode()
    _call("write", path.encode() + b"\\0" + bytes(data))


def list_dir(path):
    # The entries of a folder: a list of {"name", "type", "size"}.
    return _json.loads(_call("list", path))


def env(key, default=None):
    # An environment variable, or `default` when it is not set.
    value = _call("env", key)
    return value[1:] if value[0] == "=" else default
"""

HTTP_SOURCE = """\
class Response:
    # What `http` returns: status, url, headers (names in lower case), body (text, or bytes if it is none).

    def __init__(self, fields):
        self.status = fields["status"]
        self.url = fields["url"]
        self.headers = fields["headers"]
        if "body" in fields:
            self.body = fields["body"]
        else:
            self.body = _bytes("b" + fields["body_base64"])

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
    return Response(_json.loads(_call("http", request.encode() + b"\\0" + bytes(body or b""))))
"""
