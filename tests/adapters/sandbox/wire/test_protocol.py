"""Frames: what goes in comes out, and nothing that comes in raises anything but `ProtocolError`."""

import gc
import os
import socket
import struct
import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.adapters.sandbox.wire.call_spec import CallSpec, encode_call, parse_call
from blufio_tui.adapters.sandbox.wire.clock_readings import attached, cut
from blufio_tui.adapters.sandbox.wire.effect_frames import (
    effect_frame,
    encode_result,
    parse_effect,
    parse_result,
    result_frame,
)
from blufio_tui.adapters.sandbox.wire.outcome import Outcome, encode_outcome, outcome_frame, parse_outcome
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameDecoder, FrameKind, ProtocolError, encode
from blufio_tui.adapters.sandbox.worker_side.channel import Channel
from blufio_tui.core.effects import (
    Effect,
    EffectResult,
    Fetch,
    FileOperation,
    GetEnv,
    ListDir,
    ReadFile,
    RunCommand,
    WriteFile,
)
from blufio_tui.core.errors import ErrorKind
from tests.fakes.sandbox_guest import over_the_wire

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=200), st.integers(1, 50))
def test_random_bytes_are_a_frame_or_a_protocol_error(data: bytes, step: int) -> None:
    decoder = FrameDecoder(1000)
    with suppress(ProtocolError):
        for start in range(0, len(data), step):
            decoder.feed(data[start : start + step])
            while decoder.next() is not None:
                pass


@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=5), st.binary(max_size=50), st.integers(1, 20))
def test_frames_survive_being_cut_into_pieces(header: dict[str, object], blob: bytes, step: int) -> None:
    data = encode(Frame(FrameKind.EFFECT, header, blob)) * 2  # type: ignore[arg-type]
    decoder, frames = FrameDecoder(), []
    for start in range(0, len(data), step):
        decoder.feed(data[start : start + step])
        while (frame := decoder.next()) is not None:
            frames.append(frame)
    assert frames == [Frame(FrameKind.EFFECT, header, blob)] * 2  # type: ignore[arg-type]
    assert decoder.pending == 0


def test_an_oversized_frame_is_refused_before_it_is_buffered() -> None:
    decoder = FrameDecoder(1000)
    decoder.feed(struct.pack("!IBI", 1001, FrameKind.EFFECT, 2))
    with pytest.raises(ProtocolError, match="over the cap of 1000"):
        decoder.next()


@given(st.sampled_from(sorted(FrameKind)), st.dictionaries(st.text(max_size=8), _JSON, max_size=5), st.binary())
def test_random_headers_are_parsed_or_refused(kind: FrameKind, header: dict[str, object], blob: bytes) -> None:
    names = ("nonce", "n", "effect", "path", "url", "method", "headers", "op", "options", "logs", "error", "fuel")
    keyed = dict(zip(names, header.values(), strict=False))
    frame = Frame(kind, keyed, blob)  # type: ignore[arg-type]
    for parse in (parse_effect, parse_result, lambda frame: parse_outcome(frame, 1000)):
        with suppress(ProtocolError):
            parse(frame)


@pytest.mark.parametrize(
    "effect",
    [
        ReadFile("/a/ø"),
        ListDir("/a"),
        WriteFile("/a", b"\x00\xff"),
        GetEnv("KEY"),
        Fetch("POST", "https://x.org", (("A", "b"),), b"\xff"),
        FileOperation("rename", "a", "b", "/x", "/y", {"follow": True, "fd": 3}),
    ],
)
def test_an_effect_arrives_as_it_was_asked(effect: Effect) -> None:
    assert parse_effect(over_the_wire(effect_frame(effect, "n", 1))) == effect


def test_what_a_guest_has_no_say_in_does_not_travel() -> None:
    greedy = Fetch("GET", "https://x.org", (), b"", 10**12, {"TOKEN": ("evil.org",)})
    arrived = parse_effect(over_the_wire(effect_frame(greedy, "n", 1)))
    assert isinstance(arrived, Fetch)
    assert arrived.max_bytes < 10**12 and not arrived.secrets


def test_a_command_cannot_be_asked_for() -> None:
    with pytest.raises(ProtocolError):
        effect_frame(RunCommand("id", "/"), "n", 1)
    with pytest.raises(ProtocolError):
        parse_effect(Frame(FrameKind.EFFECT, {"effect": "exec", "command": "id"}))


def test_results_and_outcomes_arrive_as_they_were() -> None:
    result = EffectResult(200, b"x", (("a", "b"),), "https://x.org")
    assert parse_result(over_the_wire(result_frame(result))) == result
    outcome = Outcome("ø", (ErrorKind.TRAP, "why"), 5, 6, (("info", "hi"),), 7, True)
    assert parse_outcome(over_the_wire(outcome_frame("n", outcome)), 10) == outcome


def readings() -> st.SearchStrategy[bytes]:
    return st.integers(0, 3).map(lambda count: b"\1" * 8 * count)


def decoded(data: bytes) -> Frame:
    decoder = FrameDecoder()
    decoder.feed(data)
    frame = decoder.next()
    assert frame is not None and decoder.pending == 0
    return frame


@given(
    st.builds(
        CallSpec,
        nonce=st.from_regex("[0-9a-f]{16}", fullmatch=True),
        skill=st.text(st.characters(codec="utf-8")),
        input=st.binary(),
        fuel=st.integers(0, 2**63),
        memory_bytes=st.integers(0, 2**32),
        deadline_secs=st.floats(0, 1e6),
        output_bytes=st.integers(0, 2**32),
        alone=st.booleans(),
        preopens=st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.just("/x")), max_size=2).map(tuple),
        env_keys=st.lists(st.just("A"), max_size=2).map(tuple),
        tape=st.sampled_from(("", "record", "replay")),
        seed=st.binary(min_size=32, max_size=32),
        clocks=st.tuples(readings(), readings()),
        arguments=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), max_size=3).map(tuple),
        stdin=st.none() | st.binary(max_size=20),
    )
)
def test_calls_survive_the_way_to_the_worker(spec: CallSpec) -> None:
    sent = spec if spec.tape else spec._replace(seed=b"", clocks=(b"", b""))
    assert parse_call(decoded(encode_call(spec))) == sent


@pytest.mark.parametrize(("real", "mono"), [(8, 0), (-8, 8), (4, 0), (0, 16), (9 * 1024 * 1024, 0)])
def test_readings_that_do_not_fit_their_frame_are_refused(real: int, mono: int) -> None:
    with pytest.raises(ProtocolError):
        cut(Frame(FrameKind.EFFECT, {"real": real, "mono": mono}, b"1234567"))


def test_readings_come_off_a_frame_as_they_were_put_on() -> None:
    assert cut(attached(Frame(FrameKind.EFFECT, {"n": 1}, b"body"), (b"12345678", b"8" * 16))) == (
        b"body",
        (b"12345678", b"8" * 16),
    )


@pytest.mark.parametrize("nonce", ["a1", 'a"1'])
@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("fine", None, 7, 65536),
        Outcome("", (ErrorKind.TRAP, 'it "broke"'), 1, 2, (("info", "hi"),), 3),
        Outcome("", (ErrorKind.INTEGRITY, "old"), stale_module=True),
    ],
)
def test_an_outcome_put_together_by_hand_is_the_same_frame(outcome: Outcome, nonce: str) -> None:
    assert decoded(encode_outcome(nonce, outcome)) == decoded(encode(outcome_frame(nonce, outcome)))


@pytest.mark.parametrize(
    "result",
    [EffectResult(-1, b"\xff"), EffectResult(200, b"", (("a", "b"),), "https://x/"), EffectResult(2**63, b"x")],
)
def test_a_result_put_together_by_hand_is_the_same_frame(result: EffectResult) -> None:
    assert decoded(encode_result(result, 4)) == decoded(encode(result_frame(result, 4)))


def test_a_worker_that_waits_sleeps() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel, data = Channel(theirs), encode(Frame(FrameKind.CALL, {"n": 1}))
        ours.sendall(data)
        channel.receive_with_file(spin=True)
        timer = threading.Timer(0.2, ours.sendall, [data])
        timer.start()
        started = time.thread_time()
        frame, descriptor = channel.receive_with_file(spin=True)
        used = time.thread_time() - started
        timer.join()
    assert (frame.header, descriptor) == ({"n": 1}, None)
    assert used < 0.1, "half of the time that it waited"


@pytest.mark.parametrize("files", [1, 3])
def test_a_file_arrives_with_its_frame_and_no_other_is_kept(files: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, open(__file__, "rb") as file:
        gc.collect()  # what earlier tests left open
        before = len(os.listdir("/dev/fd"))
        socket.send_fds(ours, [encode(Frame(FrameKind.LOAD, {}))], [file.fileno()] * files)
        _, descriptor = Channel(theirs).receive_with_file(spin=True)
        assert descriptor is not None and os.path.sameopenfile(descriptor, file.fileno())
        os.close(descriptor)
        assert len(os.listdir("/dev/fd")) == before
