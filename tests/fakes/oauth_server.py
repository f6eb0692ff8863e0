"""An MCP server that wants a login, and the authorization server that it names, on one loopback port.

It checks what a careful one would: PKCE, the redirect address, the resource, each code used once.
"""

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit


@dataclass
class State:
    port: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    clients: dict[str, list[str]] = field(default_factory=dict)
    authorization_endpoint: str = ""
    seen: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    instead: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What a hostile one says otherwise, by document: `resource`, `server`, `client`, `token`, `back`."""
    redirects: dict[str, str] = field(default_factory=dict)
    """By the beginning of a path: where a request is sent on to."""
    open_methods: tuple[str, ...] = ()
    """Of MCP: answered without a login."""
    needs: dict[str, str] = field(default_factory=dict)
    """By method of MCP: the scope that a token needs for it."""
    scopes: dict[str, str] = field(default_factory=dict)
    """By token: what was granted."""
    challenge: str = ""
    """In place of where the description of the resource really is."""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    state: State
    granted = ""

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        self.state.seen.append(f"GET {path.path}")
        if self.sent_on(path.path):
            return
        if path.path.startswith("/.well-known/oauth-protected-resource"):
            about = {"resource": f"{self.state.origin}/mcp", "authorization_servers": [self.state.origin]}
            self.reply(about | self.state.instead.get("resource", {}))
            return
        if path.path.startswith("/.well-known/oauth-authorization-server"):
            self.reply(self.metadata() | self.state.instead.get("server", {}))
            return
        if path.path == "/authorize":
            self.authorize({name: found[0] for name, found in parse_qs(path.query).items()})
            return
        self.reply({}, 404)

    def metadata(self) -> dict[str, Any]:
        origin = self.state.origin
        return {
            "issuer": origin,
            "authorization_endpoint": self.state.authorization_endpoint or f"{origin}/authorize",
            "token_endpoint": f"{origin}/token",
            "registration_endpoint": f"{origin}/register",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
        }

    def authorize(self, asked: dict[str, str]) -> None:
        if asked.get("redirect_uri") not in self.state.clients.get(asked.get("client_id", ""), []):
            self.reply({"error": "redirect_uri"}, 400)
            return
        if asked.get("code_challenge_method") != "S256":
            self.reply({"error": "pkce"}, 400)
            return
        code = f"code-{len(self.state.codes)}"
        self.state.codes[code] = asked
        self.send_response(302)
        back = {"code": code, "state": asked["state"]} | self.state.instead.get("back", {})
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def sent_on(self, path: str) -> bool:
        for begins, location in self.state.redirects.items():
            if path.startswith(begins):
                self.send_response(307)
                self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return True
        return False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = urlsplit(self.path).path
        self.state.seen.append(f"POST {path}")
        if self.sent_on(path):
            return
        if path == "/register":
            wanted = json.loads(body)
            client = f"client-{len(self.state.clients)}"
            self.state.clients[client] = wanted["redirect_uris"]
            self.reply({**wanted, "client_id": client, **self.state.instead.get("client", {})}, 201)
            return
        if path == "/token":
            self.token({name: found[0] for name, found in parse_qs(body.decode()).items()})
            return
        self.mcp(json.loads(body))

    def token(self, asked: dict[str, str]) -> None:
        if why := self.wrong(asked):
            self.refuse(why)
            return
        number = len(self.state.seen)
        self.state.scopes[f"token-number-{number}"] = self.granted
        self.state.tokens.add(f"token-number-{number}")
        self.state.refresh.add(f"refresh-number-{number}")
        answer = {
            "access_token": f"token-number-{number}",
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": f"refresh-number-{number}",
        }
        self.reply(answer | self.state.instead.get("token", {}))

    def wrong(self, asked: dict[str, str]) -> str:
        if asked["grant_type"] == "refresh_token":
            known = asked["refresh_token"] in self.state.refresh
            self.state.refresh.discard(asked["refresh_token"])
            return "" if known else "refresh_token"
        given = self.state.codes.pop(asked["code"], None)
        self.granted = (given or {}).get("scope", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked["code_verifier"].encode()).digest()).rstrip(b"=")
        if given is None or given["code_challenge"] != challenge.decode():
            return "code"
        fits = asked["redirect_uri"] == given["redirect_uri"] and asked.get("resource") == f"{self.state.origin}/mcp"
        return "" if fits else "redirect_uri or resource"

    def refuse(self, why: str) -> None:
        self.state.refusals.append(why)
        self.reply({"error": "invalid_grant"}, 400)

    def mcp(self, body: dict[str, Any]) -> None:
        is_open = body["method"] in self.state.open_methods
        if not is_open and self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.state.tokens:
            self.send_response(401)
            where = self.state.challenge or f"{self.state.origin}/.well-known/oauth-protected-resource/mcp"
            self.send_header("WWW-Authenticate", f'Bearer resource_metadata="{where}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        needed = self.state.needs.get(body["method"], "")
        if needed and needed not in self.state.scopes.get(token, "").split():
            self.send_response(403)
            self.send_header("WWW-Authenticate", f'Bearer error="insufficient_scope", scope="{needed}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if body["method"] == "initialize":
            result: dict[str, Any] = {
                "protocolVersion": body["params"]["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "locked", "version": "1"},
            }
        elif body["method"] == "tools/list":
            result = {"tools": [{"name": "hello", "inputSchema": {"type": "object"}}]}
        elif body["method"] == "tools/call":
            result = {"content": [{"type": "text", "text": "hello"}]}
        else:
            self.reply({}, 202)
            return
        self.reply({"jsonrpc": "2.0", "id": body["id"], "result": result})

    def reply(self, value: Any, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: Any) -> None:
        """Silent."""


def serve() -> tuple[ThreadingHTTPServer, State]:
    state = State()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"state": state}))
    server.daemon_threads = True
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server, state
