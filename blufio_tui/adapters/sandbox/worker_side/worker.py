"""The sandbox worker: `python -I -m blufio_tui.adapters.sandbox.worker_side.worker FD`.

It runs guests and nothing else. It opens no file and no connection; every effect is a question to the UI
process at the other end of the socket FD. Everything it needs is imported before it is locked down.
"""

import codecs
import os
import socket
import sys
from functools import partial

import wasmtime  # noqa: F401  (all of it, before the process is locked down)

from blufio_tui.adapters.sandbox.engine import build_engine
from blufio_tui.adapters.sandbox.lockdown import hardening, lifeline
from blufio_tui.adapters.sandbox.wire.call_spec import parse_call
from blufio_tui.adapters.sandbox.wire.outcome import Outcome, encode_outcome
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameKind, ProtocolError
from blufio_tui.adapters.sandbox.worker_side.channel import Channel
from blufio_tui.adapters.sandbox.worker_side.extensions import Extension
from blufio_tui.adapters.sandbox.worker_side.guest import GuestRunner
from blufio_tui.adapters.sandbox.worker_side.script import extension as script
from blufio_tui.adapters.sandbox.worker_side.wasi import extension as wasi

_CODECS = ("utf-8", "utf-16-le", "ascii", "latin-1")
EXTENSIONS: tuple[Extension, ...] = (wasi, script)


def main() -> None:
    lifeline.die_with_parent()
    sock = socket.socket(fileno=int(sys.argv[1]))
    channel = Channel(sock)
    for name in _CODECS:
        codecs.lookup(name)
    runner = GuestRunner(build_engine(), channel, EXTENSIONS)
    report = hardening.apply()
    runner.start_clock()
    lifeline.hold(sock)
    hardening.no_more_processes()
    channel.send(Frame(FrameKind.READY, {"pid": os.getpid(), "hardening": report}))
    try:
        _serve(channel, runner)
    except (EOFError, ConnectionError):
        os._exit(0)  # the UI process is gone or done with this worker; nothing here needs tidying up


def _serve(channel: Channel, runner: GuestRunner) -> None:
    alone = False
    while True:
        frame, descriptor = channel.receive_with_file(spin=alone)
        match frame.kind:
            case FrameKind.LOAD if descriptor is not None:
                runner.load(descriptor, frame.text("sha256"), frame.text("runtime"), frame.blob)
                os.close(descriptor)
            case FrameKind.CALL:
                spec = parse_call(frame)
                alone = channel.spins = spec.alone
                runner.run(spec, partial(_answer, channel, spec.nonce))
            case _:
                raise ProtocolError(f"{frame.kind.name} is not what an idle worker can be told")


def _answer(channel: Channel, nonce: str, outcome: Outcome) -> None:
    channel.send_encoded(encode_outcome(nonce, outcome))


if __name__ == "__main__":
    main()
