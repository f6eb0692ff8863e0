"""The MCP server of `mcp_server.py` by HTTP, in this process."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakes import mcp_server


class Handler(BaseHTTPRequestHandler):
    """One POST, one answer as a stream of events, so that the server can ask in between."""

    protocol_version = "HTTP/1.1"
    kind: type[mcp_server.Server] = mcp_server.Server
    server_of_session: dict[str, mcp_server.Server] = {}  # noqa: RUF012
    seen: list[tuple[str, dict[str, str], Any]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Handler.seen.append(("POST", dict(self.headers), body))
        wanted = mcp_server.OPTIONS.get("token")
        if wanted and self.headers.get("Authorization") != f"Bearer {wanted}":
            return self.plain(401, {"WWW-Authenticate": 'Bearer resource_metadata="http://127.0.0.1/x"'})
        if mcp_server.OPTIONS.get("redirect"):
            return self.plain(307, {"Location": mcp_server.OPTIONS["redirect"]})
        return self.answer(body)

    def answer(self, body: mcp_server.Message) -> None:
        if "id" not in body or "method" not in body:
            if server := self.known():
                server.take(body)
            return self.plain(202, {})
        if body["method"] == "initialize":
            session = f"session-{len(Handler.server_of_session)}"
            Handler.server_of_session[session] = self.kind(None)
        else:
            session = self.headers.get("Mcp-Session-Id", "")
            if session not in Handler.server_of_session:
                return self.plain(404, {})
        return self.stream(Handler.server_of_session[session], session, body)

    def known(self) -> mcp_server.Server | None:
        return Handler.server_of_session.get(self.headers.get("Mcp-Session-Id", ""))

    def plain(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def stream(self, server: mcp_server.Server, session: str, body: mcp_server.Message) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Mcp-Session-Id", session)
        self.send_header("Connection", "close")
        self.end_headers()
        done = threading.Event()

        def send(message: Any) -> None:
            data = message if isinstance(message, str) else json.dumps(message)
            try:
                self.wfile.write(f": comment\r\nevent: message\r\nid: 1\r\ndata: {data}\r\n\r\n".encode())
                self.wfile.flush()
            except (OSError, ValueError):  # a client that has what it wanted hangs up
                server.is_over = True
            number = message.get("id") if isinstance(message, dict) and "method" not in message else None
            if type(number) is type(body["id"]) and number == body["id"]:
                done.set()

        streams = server.streams
        streams[body["id"]] = send

        def to_its_stream(message: Any) -> None:
            number = message.get("id") if isinstance(message, dict) and "method" not in message else None
            streams.get(number if isinstance(number, int) else None, send)(message)

        server.send = to_its_stream
        server.take(body)
        done.wait(30)
        self.close_connection = True

    def do_GET(self) -> None:
        self.plain(405, {})

    def do_DELETE(self) -> None:
        Handler.seen.append(("DELETE", dict(self.headers), None))
        Handler.server_of_session.pop(self.headers.get("Mcp-Session-Id", ""), None)
        self.plain(200, {})

    def log_message(self, *_arguments: Any) -> None:
        """Silent."""


def serve_http() -> tuple[ThreadingHTTPServer, int]:
    """In this process, for tests; the port it listens on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server, server.server_address[1]
