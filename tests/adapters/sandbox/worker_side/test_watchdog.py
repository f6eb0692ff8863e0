"""The deadline clock: it hits the call it was set for, and only that one."""

import threading
import time

from blufio_tui.adapters.sandbox.worker_side.watchdog import Watchdog

PATIENCE_SECS = 30


def test_it_interrupts_when_the_time_is_used_up() -> None:
    hit = threading.Event()
    dog = Watchdog(hit.set)
    dog.arm(0.02)
    assert hit.wait(PATIENCE_SECS)
    assert dog.fired
    assert dog.remaining() == 0


def test_a_call_that_ended_in_time_is_not_interrupted_nor_is_the_next() -> None:
    hits: list[float] = []
    dog = Watchdog(lambda: hits.append(time.monotonic()))
    for _ in range(200):
        dog.arm(0.0005)
        dog.disarm()
    dog.arm(3600)
    assert not dog.fired
    before = len(hits)
    done = threading.Event()
    threading.Timer(0.05, done.set).start()
    done.wait()
    assert len(hits) == before and not dog.fired
    dog.disarm()


def test_the_clock_stands_still_while_paused() -> None:
    hit = threading.Event()
    dog = Watchdog(hit.set)
    left = 0.0
    while not left:  # a busy machine may use up the time before the clock is stopped
        hit.clear()
        dog.arm(0.05)
        left = dog.pause()
    assert not hit.wait(0.1)
    dog.resume()
    assert left <= 0.05
    assert hit.wait(PATIENCE_SECS)


def test_a_shorter_deadline_after_a_longer_one_is_kept() -> None:
    hit = threading.Event()
    dog = Watchdog(hit.set)
    dog.arm(3600)
    dog.arm(0.02)
    assert hit.wait(PATIENCE_SECS)
