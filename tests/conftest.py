"""What the whole run shares: compiled Python, and compiled modules."""

import os
import sys
from pathlib import Path

import pytest

# Every program that a test starts would otherwise compile the package anew: half a second each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: a third of the time a test waits for a key, a child or a clock."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + cores // 2


@pytest.fixture(scope="session")
def module_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled modules, shared by all processes of the run as several programs would: MicroPython takes a second."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "modules"
    folder.mkdir(exist_ok=True)
    return folder
