"""Threads share one heap, and what is free in the middle of it is the system's again."""

import ctypes
import os
import subprocess
import sys

import pytest

from benchmarks.pty_app import resident_mb
from blufio_tui.adapters.heap import give_back_what_is_free


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library")
def test_gaps_between_what_is_in_use_are_given_back() -> None:
    parts = [bytes(10_000) for _ in range(6_000)]
    kept = parts[::50]
    full = resident_mb(os.getpid())
    parts.clear()
    give_back_what_is_free()
    assert resident_mb(os.getpid()) < full - 40
    assert sum(map(len, kept)) == 1_200_000


_HEAPS = """
import sys, threading
from pathlib import Path
from blufio_tui.adapters.heap import share_one_heap
if sys.argv[1] == "one":
    share_one_heap()
held = []
done = threading.Event()
def hold():
    held.append([bytes(5000) for _ in range(50)])
    done.wait()
threads = [threading.Thread(target=hold) for _ in range(4)]
for thread in threads:
    thread.start()
while len(held) < 4:
    pass
heaps = sum(1 for line in Path("/proc/self/maps").read_text().splitlines()
            if "---p" in line and not line.split()[5:] and int(line.split("-")[1].split()[0], 16) % (64 << 20) == 0)
print(heaps)
done.set()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt") or sys.platform != "linux", reason="another C library")
def test_threads_share_one_heap() -> None:
    def heaps(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", _HEAPS, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert heaps("each") > 0
    assert heaps("one") == 0
