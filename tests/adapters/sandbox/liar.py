"""A worker that lies: speaks the protocol up to a point, then does what its first argument says.

Usage: liar.py LIE FD. Run in place of the real worker by a shell script (see test_supervision).
"""

import itertools
import json
import os
import socket
import struct
import sys
import time

READY, EFFECT, DONE = 16, 17, 18


def frame(kind: int, header: object, blob: bytes = b"") -> bytes:
    data = json.dumps(header).encode()
    return struct.pack("!IBI", 5 + len(data) + len(blob), kind, len(data)) + data + blob


def receive(sock: socket.socket) -> tuple[int, dict]:
    prefix = b""
    while len(prefix) < 9:
        prefix += sock.recv(9 - len(prefix)) or os._exit(0)
    length, kind, header = struct.unpack("!IBI", prefix)
    body = b""
    while len(body) < length - 5:
        body += sock.recv(length - 5 - len(body)) or os._exit(0)
    return kind, json.loads(body[:header])


def effect(nonce: str, number: int, name: str = "env", **fields: object) -> bytes:
    return frame(EFFECT, {"nonce": nonce, "n": number, "effect": name, "key": "K", **fields})


def done(nonce: str, blob: bytes = b"fine", **fields: object) -> bytes:
    header = {"nonce": nonce, "error": None, "fuel": 1, "memory": 1, "logs": [], "dropped": 0, "stale": False}
    return frame(DONE, {**header, **fields}, blob)


def lie(what: str, sock: socket.socket, nonce: str) -> None:
    match what:
        case "crash":
            print("last words \x1b[2J", file=sys.stderr, flush=True)
            os._exit(7)
        case "hang":
            time.sleep(60)
        case "garbage":
            sock.sendall(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
        case "oversized":
            sock.sendall(struct.pack("!IBI", 0xFFFFFFF0, EFFECT, 2) + b"{}")
        case "other-call":
            sock.sendall(effect("0" * 16, 1))
        case "replay":
            sock.sendall(effect(nonce, 1))
            receive(sock)
            sock.sendall(effect(nonce, 1))
        case "skip":
            sock.sendall(effect(nonce, 5))
        case "two-at-once":
            sock.sendall(effect(nonce, 1) + effect(nonce, 2))
        case "flood":
            for number in range(1, 100_000):
                sock.sendall(effect(nonce, number))
        case "ask-for-ever" | "files-for-ever":
            kind = {"ask-for-ever": "env", "files-for-ever": "handle"}[what]
            for number in itertools.count(1):
                sock.sendall(effect(nonce, number, kind, op="read", handle=1, args=[0, 1]))
                receive(sock)
        case "exec":
            sock.sendall(effect(nonce, 1, "exec", command="id"))
        case "unknown-kind":
            sock.sendall(frame(99, {}))
        case "ready-again":
            sock.sendall(frame(READY, {"nonce": nonce, "hardening": {}}))
        case "header-bomb":
            data = b"[" * 100_000
            sock.sendall(struct.pack("!IBI", 5 + len(data), EFFECT, len(data)) + data)
        case "surrogate":
            sock.sendall(effect(nonce, 1, "read", path="/\ud800"))
        case "made-up-error":
            sock.sendall(done(nonce, error=["no_such_kind", "x"]))
        case "endless-output":
            sock.sendall(done(nonce, b"x" * 300_000))
        case "binary-output":
            sock.sendall(done(nonce, b"\xff"))
        case "negative-fuel":
            sock.sendall(done(nonce, fuel=-1))
        case "many-logs":
            sock.sendall(done(nonce, logs=[["info", ""]] * 2000))
        case "start-over":
            sock.sendall(effect(nonce, 1))
            receive(sock)
            sock.sendall(done(nonce, stale=True))
        case "after-the-end":
            sock.sendall(done(nonce))
            time.sleep(0.05)
            sock.sendall(effect(nonce, 1))
    time.sleep(60)


def main() -> None:
    what, sock = sys.argv[1], socket.socket(fileno=int(sys.argv[2]))
    if what == "not-ready":
        sock.sendall(effect("", 1))
        time.sleep(60)
    sock.sendall(frame(READY, {"hardening": {}}))
    while True:
        kind, header = receive(sock)
        if kind == 2:
            lie(what, sock, header["nonce"])


main()
