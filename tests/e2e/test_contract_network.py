"""The network imports of the contract's table, through `skill run`, against a web server on loopback."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.in_process import Inside
from tests.e2e.skills import module, write_skill

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
DECLARED = (
    '[capabilities.network]\ndomains = ["localhost"]\nmethods = ["GET"]\n[capabilities.secrets]\nTOK = ["localhost"]'
)


class Site(BaseHTTPRequestHandler):
    """Says back what it was asked; `/binary`, `/large`, `/missing` and `/moved` do as they are called."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        bodies = {"/binary": b"\xff\xfe\x00x", "/large": b"a" * 2_000_000, "/missing": b"none such", "/moved": b""}
        said = f"{self.command} {sent} {self.headers.get('authorization', '')}"
        body = bodies.get(self.path, said.encode())
        self.send_response({"/missing": 404, "/moved": 302}.get(self.path, 200))
        if self.path == "/moved":
            self.send_header("location", "/here")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET

    def log_message(self, *_: Any) -> None:
        """Nothing on standard error."""


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is none of the tests' business."""


@pytest.fixture
def port() -> Iterator[int]:
    with Server(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def inside(inside: Inside, port: int) -> Inside:
    assert inside("config", "set", "network.allow_private", f'["127.0.0.1:{port}", "localhost:{port}"]').code == 0
    return inside


def request(inside: Inside, url: str, method: int = 0, body: str = "", after: str = "", **skill: str) -> Path:
    """A skill that sends one request with `http_request`."""
    start, size = f"(i32.const {len(url)})", f"(i32.const {len(body)})"
    call = f"(call $http_request (i32.const 0) {start} (i32.const {method}) {start} {size})"
    wat = module(f"(local $status i32) (local.set $status {call}) {after}", data=url + body)
    return write_skill(inside.world.project.parent / "probe", wat, **skill)


def fetch(inside: Inside, **asked: Any) -> Path:
    """A skill that sends one request with `http_fetch`; its output is the host result."""
    text = json.dumps(asked)
    wat = module(f"(drop (call $http_fetch (i32.const 0) (i32.const {len(text)})))", data=text)
    return write_skill(inside.world.project.parent / "probe", wat, capabilities=DECLARED)


@pytest.mark.parametrize("method", range(6))
def test_http_request_sends_the_method_of_the_table(inside: Inside, port: int, method: int) -> None:
    body = "sent" if METHODS[method] in ("POST", "PUT", "PATCH") else ""
    folder = request(inside, f"http://127.0.0.1:{port}/", method, body)
    result = inside.call(folder, "--on-denial", "allow")
    assert result["content"].strip() == ("" if METHODS[method] == "HEAD" else f"{METHODS[method]} {body}".strip())
    (row,) = result["audit"]
    assert (row["kind"], row["decision"], row["decided_by"], row["outcome"]) == ("net", "allow", "user", "ok")


def test_the_status_is_returned_and_the_body_is_fetched_by_length(inside: Inside, port: int) -> None:
    """As a module built for the original reads a body, plus the two imports that are new."""
    after = """(i32.store (i32.const 4096) (local.get $status)) (call $get_result (i32.const 4100))
      (call $set_output (i32.const 4100) (call $result_len))
      (if (i32.ne (i32.load (i32.const 4096)) (i32.const 404)) (then unreachable))"""
    result = inside.call(request(inside, f"http://127.0.0.1:{port}/missing", after=after), "--mode", "allow-all")
    assert (result["content"], result["error"]) == ("none such", None)


def test_a_result_over_response_kb_is_an_error_that_says_what_to_raise(inside: Inside, port: int) -> None:
    error = inside.call(request(inside, f"http://127.0.0.1:{port}/large"), "--mode", "allow-all")["error"]
    assert error["kind"] == "host_error" and "resources.response_kb" in error["message"]
    roomy = request(inside, f"http://127.0.0.1:{port}/large", resources="response_kb = 4096\noutput_kb = 4096")
    assert len(inside.call(roomy, "--mode", "allow-all")["content"]) == 2_000_000


def test_each_redirect_is_a_request_of_its_own(inside: Inside, port: int) -> None:
    result = inside.call(request(inside, f"http://127.0.0.1:{port}/moved"), "--mode", "allow-all")
    assert [row["resource"].rpartition("/")[2] for row in result["audit"]] == ["moved", "here"]


def test_private_addresses_are_closed_in_every_mode_unless_listed(inside: Inside, port: int) -> None:
    assert inside("config", "set", "network.allow_private", "[]").code == 0
    for host in ("127.0.0.1", "localhost", "169.254.169.254"):
        result = inside.call(request(inside, f"http://{host}:{port}/"), "--mode", "allow-all")
        assert result["error"]["kind"] == "capability_denied", host
        assert [row["decided_by"] for row in result["audit"]] == ["never-rule"]


def test_a_refused_connection_is_a_host_error(inside: Inside) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there
        port = closed.getsockname()[1]
        assert inside("config", "set", "network.allow_private", f'["127.0.0.1:{port}"]').code == 0
        error = inside.call(request(inside, f"http://127.0.0.1:{port}/"), "--on-denial", "allow")["error"]
    assert error["kind"] == "host_error" and error["message"].startswith("host error: ")


def test_http_fetch_gives_status_url_headers_and_body(inside: Inside, port: int) -> None:
    url = f"http://localhost:{port}/"
    result = inside.call(fetch(inside, url=url))
    answer = json.loads(result["content"])
    assert (answer["status"], answer["url"], answer["body"].strip()) == (200, url, "GET")
    assert answer["headers"]["content-length"]
    assert [row["decided_by"] for row in result["audit"]] == ["manifest"]
    binary = json.loads(inside.call(fetch(inside, url=url + "binary"))["content"])
    assert binary["body_base64"] == "//4AeA==" and "body" not in binary


def test_a_method_that_is_not_declared_is_denied(inside: Inside, port: int) -> None:
    error = inside.call(fetch(inside, url=f"http://localhost:{port}/", method="POST", body="x"))["error"]
    assert error["kind"] == "capability_denied" and "net" in error["message"]


def test_a_secret_reaches_its_host_and_nothing_else(inside: Inside, port: int) -> None:
    inside.monkeypatch.setenv("TOK", "quite-a-secret-value")
    header = {"Authorization": "Bearer {{secret:TOK}}"}
    shown = inside.call(fetch(inside, url=f"http://localhost:{port}/", headers=header))
    assert "Bearer" in shown["content"] and "quite-a-secret-value" not in json.dumps(shown)
    elsewhere = inside.call(fetch(inside, url=f"http://127.0.0.1:{port}/", headers=header), "--mode", "allow-all")
    assert elsewhere["error"]["kind"] == "capability_denied" and "TOK" in elsewhere["error"]["message"]
    assert "quite-a-secret-value" not in inside("audit", "export").out


@pytest.mark.parametrize("asked", ["{", "[]", '{"url": 5}', '{"url": "http://a.example/", "headers": {"a": 1}}'])
def test_a_fetch_that_is_no_request_traps(inside: Inside, asked: str) -> None:
    wat = module(f"(drop (call $http_fetch (i32.const 0) (i32.const {len(asked)})))", data=asked)
    result = inside.call(write_skill(inside.world.project.parent / "probe", wat), "--mode", "allow-all")
    assert result["error"]["kind"] == "trap" and result["audit"] == []
