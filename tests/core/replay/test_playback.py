"""What a recorded call meets when it runs again, under its own manifest and under others."""

from dataclasses import replace

import pytest

from blufio_tui.core.manifest.manifest import (
    Capabilities,
    FilesystemCapability,
    Limits,
    Manifest,
    NetworkCapability,
)
from blufio_tui.core.replay.compare import compare
from blufio_tui.core.replay.playback import Denied, Playback, Would, would_meet
from blufio_tui.core.replay.record import Ending, Reply, Request, Touched
from tests.fakes.call_records import PLACES, fetched, read, record_of

PROJECT = Capabilities(filesystem=FilesystemCapability(read=("${PROJECT}",)))
NOTES = "/home/p/work/notes.txt"


def manifest(capabilities: Capabilities, limits: Limits | None = None) -> Manifest:
    return Manifest("probe", "2.0.0", "A probe.", capabilities=capabilities, limits=limits or Limits())


def network(*domains: str, methods: tuple[str, ...] | None = None) -> Capabilities:
    return Capabilities(network=NetworkCapability(domains, methods))


@pytest.mark.parametrize(
    ("kind", "resource", "decided_by", "decision", "capabilities", "would"),
    [
        ("fs.read", NOTES, "manifest", "allow", PROJECT, Would.ALLOW),
        ("fs.read", NOTES, "manifest", "allow", Capabilities(), Would.ASK),
        ("fs.read", "/home/p/workshop/x", "manifest", "allow", PROJECT, Would.ASK),
        ("fs.write", NOTES, "manifest", "allow", PROJECT, Would.ASK),
        ("fs.read", "/etc/hostname", "user", "allow", PROJECT, Would.ALLOW),
        ("fs.read", "/etc/hostname", "grant", "allow", Capabilities(), Would.ALLOW),
        ("fs.read", "/etc/hostname", "mode", "deny", PROJECT, Would.ASK),
        ("fs.read", NOTES, "mode", "deny", PROJECT, Would.ALLOW),
        ("fs.read", NOTES, "never-rule", "deny", PROJECT, Would.DENY),
        ("fs.read", NOTES, "user-rule", "deny", PROJECT, Would.DENY),
        ("fs.read", NOTES, "user-rule", "allow", Capabilities(), Would.ALLOW),
        ("fs.read", "relative", "manifest", "allow", PROJECT, Would.DENY),
        ("exec", "ls", "manifest", "allow", PROJECT, Would.DENY),
        ("env", "LANG", "manifest", "allow", Capabilities(env=("LANG",)), Would.ALLOW),
        ("env", "LANGUAGE", "manifest", "allow", Capabilities(env=("LANG",)), Would.ASK),
        ("net", "https://a.example.com/x", "manifest", "allow", network("example.com"), Would.ALLOW),
        ("net", "https://badexample.com/x", "manifest", "allow", network("example.com"), Would.ASK),
        ("net", "https://example.com/x", "manifest", "allow", network("example.com", methods=("POST",)), Would.ASK),
        ("net", "https://[broken", "manifest", "allow", network("example.com"), Would.DENY),
    ],
)
def test_decisions_under_another_manifest(
    kind: str, resource: str, decided_by: str, decision: str, capabilities: Capabilities, would: Would
) -> None:
    touched = Touched(kind, resource, decision, decided_by)
    assert would_meet(touched, "GET", capabilities, PLACES) is would


def test_the_recorded_answers_come_in_their_order() -> None:
    record = record_of([read("/a", b"1"), read("/a", b"2")], PROJECT)
    playback = Playback(record)
    answers = [playback.answer(Request("read", {"path": "/a"})).blob for _ in range(2)]
    assert answers == [b"1", b"2"]
    assert compare(record, record.ending, playback).same


def test_a_request_that_was_not_recorded_has_no_answer() -> None:
    playback = Playback(record_of([read(NOTES)], PROJECT))
    assert playback.answer(Request("read", {"path": f"{NOTES}2"})).reply is Reply.FAILED
    assert [one.text("path") for one in playback.unanswered] == [f"{NOTES}2"]
    assert playback.denied == []


@pytest.mark.parametrize("path", ["/etc/passwd", "${PROJECT}/../../other", "notes/../../x", "~/.ssh/id"])
def test_a_new_request_that_the_manifest_does_not_cover_is_denied(path: str) -> None:
    playback = Playback(record_of([read(NOTES)], PROJECT))
    assert playback.answer(Request("read", {"path": path})).reply is Reply.DENIED
    assert [one.would for one in playback.denied] == [Would.ASK]


def test_what_the_new_manifest_leaves_out_is_denied() -> None:
    record = record_of([read(NOTES), fetched("https://example.com/")], PROJECT)
    playback = Playback(record, manifest=manifest(network("example.com")))
    replies = [playback.answer(exchange.request).reply for exchange in record.exchanges]
    assert replies == [Reply.DENIED, Reply.RESULT]
    assert playback.denied == [Denied("fs.read", NOTES, Would.ASK)]


def test_what_was_denied_and_passes_now_has_no_answer() -> None:
    record = record_of([read(NOTES, decided_by="mode", decision="deny")])
    playback = Playback(record, manifest=manifest(PROJECT))
    assert playback.answer(record.exchanges[0].request).reply is Reply.FAILED
    assert playback.denied == []
    assert len(playback.unanswered) == 1


def test_every_hop_of_a_redirect_is_decided() -> None:
    exchange = fetched("https://example.com/")
    hop = replace(exchange.touched[0], resource="https://other.net/")
    record = record_of([replace(exchange, touched=(*exchange.touched, hop))], network("example.com", "other.net"))
    playback = Playback(record, manifest=manifest(network("example.com")))
    assert playback.answer(exchange.request).reply is Reply.DENIED
    assert playback.denied == [Denied("net", "https://other.net/", Would.ASK)]


def test_an_answer_over_the_new_limit_fails() -> None:
    record = record_of([read(NOTES, b"x" * 3000)], PROJECT)
    playback = Playback(record, manifest=manifest(PROJECT, Limits(response_kb=2)))
    answer = playback.answer(record.exchanges[0].request)
    assert answer.reply is Reply.FAILED
    assert "response_kb" in str(answer.fields["message"])


def test_denials_of_the_recorded_call_are_told() -> None:
    record = record_of([read("/x", decided_by="user-rule", decision="deny")])
    playback = Playback(record)
    playback.answer(record.exchanges[0].request)
    assert playback.denied == [Denied("fs.read", "/x", Would.DENY)]


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (Ending("other", fuel=7), ["output"]),
        (Ending("out", ("trap", "no"), fuel=7), ["error"]),
        (Ending("out", fuel=8), ["fuel"]),
        (Ending("out", fuel=7, memory_bytes=1), ["memory"]),
        (Ending("out", fuel=7, logs=(("info", "x"),)), ["logs"]),
        (Ending("out", fuel=7, logs_dropped=1), ["logs"]),
        (Ending("out", fuel=7), []),
    ],
)
def test_each_way_of_being_different_is_named(now: Ending, what: list[str]) -> None:
    record = record_of()
    assert [one.what for one in compare(record, now, Playback(record)).differences] == what


def test_other_requests_and_other_looks_at_the_clock_are_differences() -> None:
    record = record_of([read("/a"), read("/b")])
    playback = Playback(record)
    playback.answer(record.exchanges[1].request)
    playback.clock_reads = (2, 2)
    replayed = compare(record, record.ending, playback)
    assert [one.what for one in replayed.differences] == ["requests", "clock"]
    assert replayed.differences[0].recorded == "2 requests; number 1: read /a"
    assert replayed.differences[0].now == "1 requests; number 1: read /b"


def test_a_timeout_that_runs_out_of_fuel_is_the_same() -> None:
    record = record_of(ending=Ending("", ("timeout", "too long"), fuel=7))
    assert compare(record, Ending("", ("fuel_exhausted", "no fuel"), fuel=7), Playback(record)).same
