"""Rewriting before compilation changes nothing a guest can see but the note about refused memory."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wasmtime import Module, wat2wasm

from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.wasm import image as wasm_image
from blufio_tui.core.wasm.reader import HEADER, Malformed, Reader, leb, memory_grow_places, sections
from tests.fakes.sandbox_calls import module_text
from tests.fakes.sandbox_guest import ENGINE, InProcessGuests

GROW = "(memory.grow (i32.const {}))"
EVERYTHING = """(module
  (import "blufio" "get_input_len" (func $len (result i32)))
  (type $t (func (param i32) (result i32)))
  (table 2 funcref) (memory (export "memory") 1 300) (elem (i32.const 0) $a) (elem declare func $a)
  (global $g (mut i64) (i64.const -5)) (global $unused f32 (f32.const 1.5))
  (data $d "abc")
  (func $a (param i32) (result i32) (local f64 v128)
    (block $out (result i32)
      (loop $in (br_table $out $out $out (i32.const 5) (i32.const 2)))
      unreachable)
    drop
    (local.set 1 (f64.const 1.25)) (local.set 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
      (v128.const i64x2 64 64) (i32x4.splat (i32.const 64))))
    (v128.store offset=64 align=4 (i32.const 16) (local.get 2))
    (drop (v128.load8_lane 3 (i32.const 0) (local.get 2)))
    (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 0)))
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d)
    (memory.copy (i32.const 64) (i32.const 0) (i32.const 64))
    (drop (i32.trunc_sat_f64_s (local.get 1)))
    (drop (ref.is_null (ref.func $a))) (table.set (i32.const 1) (ref.null func))
    (global.set $g (i64.const 0x4000400040))
    (if (result i32) (local.get 0) (then (memory.grow (local.get 0))) (else (i32.const 64))))
  (func (export "run")
    (if (i32.ne (call_indirect (type $t) (i32.const 2) (i32.const 0)) (i32.const 1)) (then unreachable))
    (if (i32.ne (memory.size) (i32.const 3)) (then unreachable))
    (if (i64.ne (global.get $g) (i64.const 0x4000400040)) (then unreachable))
    (if (i32.ne (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable))))"""


@pytest.fixture(scope="module")
def guests() -> InProcessGuests:
    return InProcessGuests()


def test_a_module_with_one_of_each_instruction_runs_as_before(guests: InProcessGuests) -> None:
    assert guests.run(EVERYTHING).error is None


def test_every_growth_is_watched_in_it() -> None:
    image = wasm_image.prepare(bytes(wat2wasm(EVERYTHING)))
    code = next(section.body for section in sections(image) if section.number == 10)
    reader = Reader(code)
    bodies = [reader.name() for _ in range(reader.leb())]
    assert [len(memory_grow_places(body)) for body in bodies] == [0, 0, 1]
    assert wasm_image.REFUSED in [item.name for item in Module(ENGINE, image).exports]


@pytest.mark.parametrize("own", ["", "(table 1 funcref) (elem (i32.const 0) $run)"])
def test_a_reference_to_a_function_that_only_an_export_names_stays_valid(guests: InProcessGuests, own: str) -> None:
    module = f"""(module (memory (export "memory") 1) {own} (data $d "x")
      (func $callback (export "callback")) (func (export "again") (unreachable)) (export "twice" (func $callback))
      (func $run (export "run") (if (ref.is_null (ref.func $callback)) (then unreachable)) (data.drop $d)))"""
    assert guests.run(module).error is None


def test_growing_another_memory_is_left_for_the_engine_to_refuse() -> None:
    assert memory_grow_places(b"\x00\x41\x00\x40\x00\x1a\x0b") == [3]
    assert memory_grow_places(b"\x00\x41\x00\x40\x01\x1a\x0b") == []


def test_a_refusal_that_the_guest_lives_with_is_no_error(guests: InProcessGuests) -> None:
    module = module_text(f"(drop {GROW.format(9999)}) (drop {GROW.format(1)})")
    assert guests.run(module).error is None


def test_a_trap_after_a_refusal_is_told_as_the_memory_limit(guests: InProcessGuests) -> None:
    error = guests.run(module_text(f"(drop {GROW.format(9999)}) unreachable")).error
    assert error is not None
    assert error[0] == ErrorKind.MEMORY_LIMIT
    assert "655,294,464 more bytes" in error[1] and "resources.memory_mb" in error[1]


def test_a_trap_without_a_refusal_is_a_trap(guests: InProcessGuests) -> None:
    error = guests.run(module_text(f"(drop {GROW.format(1)}) unreachable")).error
    assert error is not None and error[0] == ErrorKind.TRAP


def test_growing_gives_the_old_size_or_minus_one(guests: InProcessGuests) -> None:
    checks = [(1, 1), (0, 2), (9999, -1), (2, 2), (0, 4)]
    body = "".join(f"(if (i32.ne {GROW.format(ask)} (i32.const {get})) (then unreachable))" for ask, get in checks)
    assert guests.run(module_text(body)).error is None


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_random_bytes_after_a_header_come_back_or_are_refused(data: bytes) -> None:
    with suppress(wasm_image.Refused):
        wasm_image.prepare(HEADER + data)


@settings(max_examples=100)
@given(st.data())
def test_a_damaged_module_never_raises_anything_else(data: st.DataObject) -> None:
    good = bytearray(wat2wasm(EVERYTHING))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(8, len(good) - 1))] = data.draw(st.integers(0, 255))
    with suppress(wasm_image.Refused):
        wasm_image.prepare(bytes(good))


@given(st.integers(0, 2**32 - 1))
def test_numbers_survive(value: int) -> None:
    assert Reader(leb(value)).leb() == value


def test_a_number_without_an_end_is_malformed() -> None:
    with pytest.raises(Malformed):
        Reader(b"\xff" * 20).leb()
