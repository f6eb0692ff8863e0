"""A guest run in this process: the worker's own code over a channel without a socket. Fast, for many small calls."""

import hashlib
import tempfile

from wasmtime import Module, wat2wasm

from blufio_tui.adapters.sandbox.engine import build_engine
from blufio_tui.adapters.sandbox.wire.call_spec import CallSpec
from blufio_tui.adapters.sandbox.wire.effect_frames import parse_effect, result_frame
from blufio_tui.adapters.sandbox.wire.outcome import Outcome, outcome_frame, parse_outcome
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameDecoder, FrameKind, encode
from blufio_tui.adapters.sandbox.worker_side.guest import GuestRunner
from blufio_tui.core.errors import CapabilityDenied, HostError
from blufio_tui.core.wasm import image as wasm_image
from tests.fakes.sandbox_calls import Performer

SPEC = CallSpec("nonce", "guest", b"{}", 10_000_000, 16 * 1024 * 1024, 5.0, 256 * 1024)
ENGINE = build_engine()


class LoopbackChannel:
    """Answers each question at once, through the real encoding."""

    def __init__(self) -> None:
        self.performer = Performer()

    def ask(self, frame: Frame) -> Frame:
        effect = parse_effect(over_the_wire(frame))
        try:
            return over_the_wire(result_frame(self.performer.answer(effect)))
        except CapabilityDenied as denied:
            return Frame(FrameKind.DENIED, {"message": str(denied)})
        except HostError as error:
            return Frame(FrameKind.FAILED, {"message": str(error), "code": "ENOENT"})


def over_the_wire(frame: Frame) -> Frame:
    decoder = FrameDecoder()
    decoder.feed(encode(frame))
    received = decoder.next()
    assert received is not None
    return received


class InProcessGuests:
    """Compiles and runs module texts; compiled ones are kept."""

    def __init__(self) -> None:
        self.channel = LoopbackChannel()
        self._runner = GuestRunner(ENGINE, self.channel, ())  # type: ignore[arg-type]
        self._runner.start_clock()
        self._compiled: dict[str, bytes] = {}
        self._loaded = ""

    def run(self, text: str, performer: Performer | None = None, **fields: object) -> Outcome:
        """One call. `fields` replace those of `SPEC`."""
        self.channel.performer = performer or Performer()
        if text != self._loaded:
            self._load(text)
        spec = SPEC._replace(**fields)  # type: ignore[arg-type]
        outcomes: list[Outcome] = []
        self._runner.run(spec, outcomes.append)
        (outcome,) = outcomes
        return parse_outcome(over_the_wire(outcome_frame("nonce", outcome)), spec.output_bytes)

    def _load(self, text: str) -> None:
        code = self._compiled.get(text)
        if code is None:
            code = bytes(Module(ENGINE, wasm_image.prepare(bytes(wat2wasm(text)))).serialize())
            self._compiled[text] = code
        with tempfile.TemporaryFile() as file:
            file.write(code)
            file.flush()
            self._runner.load(file.fileno(), hashlib.sha256(code).hexdigest(), "wasm", b"")
        self._loaded = text
