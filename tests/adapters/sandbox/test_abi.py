"""Each import of the contract's first section, and what a guest may do with random arguments."""

import atexit
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.core.effects import EffectResult, Fetch, GetEnv, ListDir, ReadFile, WriteFile
from blufio_tui.core.errors import ErrorKind
from tests.fakes.sandbox_calls import ECHO, IMPORTS, Performer, module_text
from tests.fakes.sandbox_guest import InProcessGuests

CONTRACT_KINDS = {ErrorKind.TRAP, ErrorKind.OUTPUT_LIMIT, ErrorKind.HOST_ERROR, ErrorKind.CAPABILITY_DENIED}
SHOW_NUMBER = (
    "(i32.store8 (i32.const 9000) (i32.add (i32.const 48) {})) (call $set_output (i32.const 9000) (i32.const 1))"
)


@pytest.fixture(scope="module")
def guests() -> InProcessGuests:
    return InProcessGuests()


def test_the_input_comes_back_as_the_output(guests: InProcessGuests) -> None:
    outcome = guests.run(module_text(ECHO), input='{"name":"Øystein"}'.encode())
    assert outcome.content == '{"name":"Øystein"}'
    assert outcome.error is None
    assert outcome.memory_bytes == 65536
    assert outcome.fuel > 0


def test_the_last_output_wins(guests: InProcessGuests) -> None:
    body = "(call $set_output (i32.const 0) (i32.const 3)) (call $set_output (i32.const 3) (i32.const 3))"
    assert guests.run(module_text(body, data="onetwo")).content == "two"


def test_an_empty_output_is_an_output(guests: InProcessGuests) -> None:
    body = "(call $log (i32.const 2) (i32.const 0) (i32.const 2)) (call $set_output (i32.const 0) (i32.const 0))"
    assert guests.run(module_text(body, data="hi")).content == ""


def test_without_an_output_the_last_host_result_is_the_output(guests: InProcessGuests) -> None:
    body = "(drop (call $read_file (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0)))"
    assert guests.run(module_text(body, data="/f"), Performer(EffectResult(4, b"text"))).content == "text"


def test_without_either_the_log_is_the_output(guests: InProcessGuests) -> None:
    levels = "".join(f"(call $log (i32.const {level}) (i32.const 0) (i32.const 2))" for level in (0, 1, 2, 3, 4, 5, -1))
    outcome = guests.run(module_text(levels, data="hi"))
    assert outcome.content.split("\n") == [
        *("[TRACE] hi", "[DEBUG] hi", "[INFO] hi", "[WARN] hi", "[ERROR] hi"),
        *("[INFO] hi", "[INFO] hi"),
    ]


def test_without_anything_a_fixed_sentence_is_the_output(guests: InProcessGuests) -> None:
    assert guests.run(module_text("")).content == "Skill completed successfully (no output)"


LOG_FLOOD = """(local $i i32) (loop $again (call $log (i32.const 2) (i32.const 0) (i32.const 262))
  (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000))))"""


def test_a_log_that_is_longer_than_an_output_may_be_is_cut_where_it_is_the_output(guests: InProcessGuests) -> None:
    outcome = guests.run(module_text(LOG_FLOOD))
    assert (outcome.error, len(outcome.logs), outcome.dropped_logs) == (None, 1000, 1000)
    assert len(outcome.content) == 256 * 1024
    assert outcome.content.startswith("[INFO] \0\0")


def test_a_host_result_that_is_too_long_once_it_is_text_is_over_the_output_limit(guests: InProcessGuests) -> None:
    body = "(drop (call $read_file (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0)))"
    outcome = guests.run(module_text(body, data="/f"), Performer(EffectResult(0, b"\xff" * 400)), output_bytes=1024)
    assert outcome.error is not None
    assert outcome.error[0] == ErrorKind.OUTPUT_LIMIT
    assert "1,200 bytes" in outcome.error[1] and "resources.output_kb" in outcome.error[1]


def test_a_file_that_fits_is_copied_and_its_length_returned(guests: InProcessGuests) -> None:
    body = (
        "(call $set_output (i32.const 100) (call $read_file (i32.const 0) (i32.const 2) (i32.const 100) (i32.const 5)))"
    )
    performer = Performer(EffectResult(5, b"hello"))
    assert guests.run(module_text(body, data="/f"), performer).content == "hello"
    assert performer.effects == [ReadFile("/f")]


def test_a_file_that_does_not_fit_is_not_copied_but_can_be_fetched_afterwards(guests: InProcessGuests) -> None:
    body = (
        "(drop (call $read_file (i32.const 0) (i32.const 2) (i32.const 100) (i32.const 4)))"
        "(if (i32.load8_u (i32.const 100)) (then unreachable))"
        "(call $get_result (i32.const 200)) (call $set_output (i32.const 200) (call $result_len))"
    )
    assert guests.run(module_text(body, data="/f"), Performer(EffectResult(5, b"hello"))).content == "hello"


def test_writing_takes_any_bytes_and_gives_zero(guests: InProcessGuests) -> None:
    number = "(call $write_file (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 4))"
    performer = Performer(EffectResult(0))
    outcome = guests.run(module_text(SHOW_NUMBER.format(number), data="/f\x00\x01"), performer)
    assert outcome.content == "0"
    assert performer.effects == [WriteFile("/f", b"/f\x00\x01")]


@pytest.mark.parametrize(
    ("result", "size", "expected"),
    [
        (EffectResult(3, b"abc"), 3, "3"),
        (EffectResult(0, b""), 3, "0"),
        (EffectResult(-1), 3, chr(48 - 1)),
        (EffectResult(4, b"abcd"), 3, chr(48 - 2)),
    ],
    ids=["set", "empty", "not set", "buffer too small"],
)
def test_an_environment_variable_gives_its_length_or_a_code(
    guests: InProcessGuests, result: EffectResult, size: int, expected: str
) -> None:
    number = f"(call $get_env (i32.const 0) (i32.const 3) (i32.const 64) (i32.const {size}))"
    performer = Performer(result)
    assert guests.run(module_text(SHOW_NUMBER.format(number), data="KEY"), performer).content == expected
    assert performer.effects == [GetEnv("KEY")]


@pytest.mark.parametrize(("code", "method"), enumerate(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]))
def test_a_request_has_its_method_and_body(guests: InProcessGuests, code: int, method: str) -> None:
    number = f"(call $http_request (i32.const 0) (i32.const 10) (i32.const {code}) (i32.const 8) (i32.const 2))"
    performer = Performer(EffectResult(7, b"body"))
    assert guests.run(module_text(SHOW_NUMBER.format(number), data="https://xy"), performer).content == "7"
    assert performer.effects == [Fetch(method, "https://xy", (), b"xy")]


def test_a_full_request_carries_headers_and_gets_headers_back(guests: InProcessGuests) -> None:
    request = json.dumps({"method": "post", "url": "https://x.org/", "headers": {"A": "b"}, "body": "ø"})
    body = f"(drop (call $http_fetch (i32.const 0) (i32.const {len(request)})))"
    headers = (("Content-Type", "text/plain"), ("Via", "a"), ("via", "b"))
    performer = Performer(EffectResult(201, b"\xff\x00", headers, "https://x.org/made"))
    answer = json.loads(guests.run(module_text(body, data=request), performer).content)
    assert performer.effects == [Fetch("POST", "https://x.org/", (("A", "b"),), "ø".encode())]
    assert answer == {
        "status": 201,
        "url": "https://x.org/made",
        "body_base64": "/wA=",
        "headers": {"content-type": "text/plain", "via": "a, b"},
    }


@pytest.mark.parametrize("headers", [{f"x{number}": "" for number in range(257)}, {"x": "y" * 65_536}])
def test_more_headers_than_can_be_asked_about_are_a_host_error(guests: InProcessGuests, headers: object) -> None:
    request = json.dumps({"url": "http://h/", "headers": headers})
    body = f"(drop (call $http_fetch (i32.const 0) (i32.const {len(request)})))"
    performer = Performer()
    outcome = guests.run(module_text(body, data=request, more="").replace('"memory") 1', '"memory") 2'), performer)
    assert outcome.error is not None
    assert outcome.error[0] == ErrorKind.HOST_ERROR
    assert "headers" in outcome.error[1]
    assert performer.effects == []


def test_a_response_may_have_longer_headers_than_a_request(guests: InProcessGuests) -> None:
    response = EffectResult(200, b"ok", (("x", "y" * 90_000),), "http://h/")
    body = "(drop (call $http_fetch (i32.const 0) (i32.const 18)))"
    outcome = guests.run(module_text(body, data='{"url":"http://h"}'), Performer(response))
    assert json.loads(outcome.content)["headers"] == {"x": "y" * 90_000}


def test_a_folder_is_listed_as_json(guests: InProcessGuests) -> None:
    body = SHOW_NUMBER.format("(call $list_dir (i32.const 0) (i32.const 2))")
    performer = Performer(EffectResult(2, b"[]"))
    assert guests.run(module_text(body, data="/d"), performer).content == "2"
    assert performer.effects == [ListDir("/d")]


@pytest.mark.parametrize(
    "request_text",
    ["", "[]", "{}", '{"url":1}', '{"url":"x","headers":[]}', '{"url":"x","headers":{"a":1}}', '{"url":"\\ud800"}'],
)
def test_a_full_request_that_makes_no_sense_traps_before_any_effect(guests: InProcessGuests, request_text: str) -> None:
    body = f"(drop (call $http_fetch (i32.const 0) (i32.const {len(request_text)})))"
    performer = Performer()
    error = guests.run(module_text(body, data=request_text), performer).error
    assert error is not None
    assert error[0] == ErrorKind.TRAP and "http_fetch" in error[1]
    assert performer.effects == []


EFFECTS = {
    "read_file": "(drop (call $read_file (i32.const 0) (i32.const {}) (i32.const 64) (i32.const 8)))",
    "write_file": "(drop (call $write_file (i32.const 0) (i32.const {}) (i32.const 64) (i32.const 8)))",
    "list_dir": "(drop (call $list_dir (i32.const 0) (i32.const {})))",
}


@pytest.mark.parametrize("name", EFFECTS)
def test_a_denied_effect_is_a_trap_that_says_so(guests: InProcessGuests, name: str) -> None:
    body = EFFECTS[name].format(7) + "(call $set_output (i32.const 0) (i32.const 7))"
    error = guests.run(module_text(body, data="/denied")).error
    assert error is not None
    assert error[0] == ErrorKind.CAPABILITY_DENIED
    assert error[1].startswith("capability not permitted: fs.read /denied")


def test_a_denied_environment_variable_is_a_trap_and_no_code(guests: InProcessGuests) -> None:
    class Refusing(Performer):
        def answer(self, effect: object) -> EffectResult:
            from blufio_tui.core.errors import CapabilityDenied

            raise CapabilityDenied("env", "KEY")

    body = "(drop (call $get_env (i32.const 0) (i32.const 3) (i32.const 64) (i32.const 8)))"
    error = guests.run(module_text(body, data="KEY"), Refusing()).error
    assert error == (ErrorKind.CAPABILITY_DENIED, "capability not permitted: env KEY")


@pytest.mark.parametrize("name", EFFECTS)
def test_a_failed_effect_is_a_trap_with_the_hosts_words(guests: InProcessGuests, name: str) -> None:
    error = guests.run(module_text(EFFECTS[name].format(8), data="/missing")).error
    assert error == (ErrorKind.HOST_ERROR, "host error: no such file: /missing")


def test_abort_traps_with_the_message_and_place_it_points_at(guests: InProcessGuests) -> None:
    text, file = "index out of range".encode("utf-16-le"), "a.ts".encode("utf-16-le")
    data = len(text).to_bytes(4, "little") + text + len(file).to_bytes(4, "little") + file
    module = (
        '(module (import "env" "abort" (func $abort (param i32 i32 i32 i32))) (memory (export "memory") 1)'
        f'(data (i32.const 0) "{"".join(f"{chr(92)}{byte:02x}" for byte in data)}")'
        f'(func (export "run") (call $abort (i32.const 4) (i32.const {8 + len(text)}) (i32.const 3) (i32.const 9))))'
    )
    assert guests.run(module).error == (ErrorKind.TRAP, "abort: index out of range at a.ts:3:9")


def test_a_not_a_number_has_the_same_bits_wherever_it_comes_from(guests: InProcessGuests) -> None:
    body = (
        "(f64.store (i32.const 0) (f64.div (f64.const nan:0x8000000000123) (f64.const 0)))"
        "(if (i64.ne (i64.load (i32.const 0)) (i64.const 0x7ff8000000000000)) (then unreachable))"
    )
    assert guests.run(module_text(body)).error is None


def test_the_same_call_uses_the_same_fuel_and_gets_no_more_than_its_limit(guests: InProcessGuests) -> None:
    count = "(local.set 0 (i32.const 1000)) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"
    module = module_text(f"(local i32) {count}")
    fuel = guests.run(module).fuel
    assert guests.run(module).fuel == fuel
    assert guests.run(module, fuel=fuel).error is None
    outcome = guests.run(module, fuel=fuel - 10)
    assert outcome.fuel == fuel - 10
    assert outcome.error is not None and outcome.error[0] == ErrorKind.FUEL_EXHAUSTED
    assert f"{fuel - 10:,}" in outcome.error[1] and "resources.fuel" in outcome.error[1]


def test_nothing_of_one_call_is_left_for_the_next(guests: InProcessGuests) -> None:
    module = module_text(
        "(if (i32.load8_u (i32.const 500)) (then unreachable)) (i32.store8 (i32.const 500) (i32.const 1))"
        "(if (call $result_len) (then unreachable)) (drop (call $list_dir (i32.const 0) (i32.const 1)))"
    )
    assert [guests.run(module).error for _ in range(3)] == [None, None, None]


def test_a_start_function_runs_in_each_call_on_its_fuel(guests: InProcessGuests) -> None:
    module = """(module (import "blufio" "log" (func $log (param i32 i32 i32)))
      (memory (export "memory") 1) (data (i32.const 0) "hi")
      (func $begin (call $log (i32.const 2) (i32.const 0) (i32.const 2)))
      (start $begin) (func (export "run")))"""
    outcomes = [guests.run(module) for _ in range(3)]
    assert [outcome.logs for outcome in outcomes] == [(("info", "hi"),)] * 3
    assert len({outcome.fuel for outcome in outcomes}) == 1
    assert guests.run(module, fuel=1).error is not None


def test_a_call_with_another_limit_gets_a_memory_of_its_own(guests: InProcessGuests) -> None:
    module = module_text(SHOW_NUMBER.format("(memory.grow (i32.const 20))"), data="")
    pages = [guests.run(module, memory_bytes=limit).content for limit in (2**20, 2**24, 2**24, 2**20)]
    assert pages == ["/", "1", "1", "/"]


_NUMBERS = st.one_of(
    st.integers(0, 200),
    st.integers(65500, 65600),
    st.integers(-300, -1),
    st.sampled_from([2**31 - 1, -(2**31), -65536, 1 << 20]),
    st.integers(-(2**31), 2**31 - 1),
)


@st.composite
def _calls(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(IMPORTS)))
    count = IMPORTS[name].split(")")[0].count("i32") if IMPORTS[name].startswith("(param") else 0
    call = f"(call ${name} {' '.join(f'(i32.const {draw(_NUMBERS)})' for _ in range(count))})"
    return f"(drop {call})" if "result" in IMPORTS[name] else call


@settings(max_examples=150, deadline=None)
@given(st.lists(_calls(), min_size=1, max_size=6), st.binary(max_size=64), st.binary(max_size=300))
def test_random_pointers_lengths_bytes_and_orders_give_nothing_but_the_contracts_errors(
    calls: list[str], data: bytes, result: bytes
) -> None:
    guests = _shared()
    text = module_text("".join(calls), data=data.decode("latin-1"))
    performer = Performer(EffectResult(len(result), result))
    outcome = guests.run(text, performer, input=data)
    assert outcome.error is None or outcome.error[0] in CONTRACT_KINDS
    if outcome.error is not None and outcome.error[0] is ErrorKind.TRAP:
        assert any(word in outcome.error[1] for word in ("out of bounds", "UTF-8", "method", "http_fetch"))


_GUESTS: list[InProcessGuests] = []


def _shared() -> InProcessGuests:
    """Hypothesis takes no module fixtures: one set of guests for all examples."""
    if not _GUESTS:
        _GUESTS.append(InProcessGuests())
        atexit.register(_GUESTS.clear)
    return _GUESTS[0]
