"""What the whole run shares: an environment that nobody set, compiled Python, and compiled modules."""

import gc
import inspect
import logging
import os
import signal
import sys
from collections.abc import Generator, Iterable
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from blufio_tui.adapters.commands import own_programs
from tests.fakes.disks import disk
from tests.fakes.quick_homes import copied_homes

__all__ = ["disk"]

# What a person, a shell or a Git hook has set must not decide how a test ends.
_OTHERS = (
    "ANTHROPIC_",
    "BLUFIO_HOME",
    "GIT_",
    "TEXTUAL",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "LINES",
    "DISPLAY",
    "PYTHONPATH",
)
for name in [name for name in os.environ if name.startswith(_OTHERS) or name.lower().endswith("_proxy")]:
    del os.environ[name]
os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # never the keyring of whoever runs the tests
for number in (getattr(signal, "SIGHUP", None), signal.SIGTERM):
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)  # `nohup make test`; programs inherit what is ignored
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # `make test &` in a script

# Every program that a test starts would otherwise compile the package anew: half a second each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The same examples on every machine and in every run, however long one takes: a quarter of them in `make test`, all in
# `make test-all`. `--hypothesis-profile=search` looks for others.
_ALL = 100
settings.register_profile("search", deadline=None, max_examples=_ALL, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("search"), derandomize=True, database=None)
settings.register_profile("same", settings.get_profile("thorough"), max_examples=_ALL // 4)
settings.load_profile("same")


def _scale_examples(items: Iterable[pytest.Item]) -> None:
    """A test that says itself how many examples it takes, takes the profile's share of them too."""
    share = settings.get_profile(settings.get_current_profile_name()).max_examples
    tests = {getattr(item.obj, "__func__", item.obj) for item in items if isinstance(item, pytest.Function)}
    for test in tests:
        if getattr(test, "_hypothesis_internal_settings_applied", False):
            used = test._hypothesis_internal_use_settings
            most = max(1, used.max_examples * share // _ALL)
            test._hypothesis_internal_use_settings = settings(used, max_examples=most)


def _take_no_constants_of_modules() -> None:
    """
    Hypothesis reads the source of every loaded module for values to try, so examples depend on what a process has
    loaded, and each process reads 800 files.
    """
    if settings.get_current_profile_name() != "search":
        providers._get_local_constants = lambda: providers._local_constants


_MOST_WORKERS = 12
"""Each takes seconds to begin; and a container may have fewer processors than it shows."""


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are processors: while a test waits for a child or a clock, others run. Each has to collect
    all tests, which takes as long as a hundred of them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores + 2, _MOST_WORKERS)


_SLOWEST_FIRST = ("e2e", "hostile", "wiring", "cli", "snapshot", "mcp_server", "acp", "ui", "adapters")
"""Folders of tests by the time that one of theirs takes, which is half a second in the first and a millisecond in the
folders that are not named."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Each worker begins with its share of the slow tests and ends with quick ones, of which the others can take
    some: no worker runs minutes of slow tests while the rest have nothing left to do. Tests of one file stay together.

    xdist hands each worker a stretch of the list, as long as those of the others.
    """
    _scale_examples(items)
    _take_no_constants_of_modules()
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers == 1:
        return
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    stretches: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for path in sorted(files, key=_slowness):
        min(stretches, key=len).extend(files[path])
    items[:] = [item for stretch in stretches for item in stretch]


def _slowness(path: Path) -> int:
    folder = path.relative_to(Path(__file__).parent).parts[0]
    return _SLOWEST_FIRST.index(folder) if folder in _SLOWEST_FIRST else len(_SLOWEST_FIRST)


_LONGEST_ID = 100
"""Characters of a parameter in a test's name: xdist sends the names of all tests, and each with every report."""


def pytest_make_parametrize_id(val: object) -> str | None:
    """A text of a megabyte is named by its beginning and its length."""
    if not isinstance(val, str | bytes) or len(val) <= _LONGEST_ID:
        return None
    return f"{val[:_LONGEST_ID]!r}-and-{len(val) - _LONGEST_ID}-more"


gc.set_threshold(20_000, 20, 50)  # what an asynchronous test leaves is collected at its end
gc.disable()  # while tests are collected all of it stays: looking through it took a third of that time
_modules_frozen = 0
"""How many modules had been loaded when the garbage collector was last told what stays."""


def pytest_collection_finish() -> None:
    """Neither the tests nor what they import is looked through again."""
    global _modules_frozen
    gc.freeze()
    gc.enable()
    _modules_frozen = len(sys.modules)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """
    Modules stay to the end, also those that only a test has loaded: the garbage collector, which looks through
    everything after each asynchronous test, need not look through them again and again.
    """
    global _modules_frozen
    if len(sys.modules) != _modules_frozen:
        gc.collect()
        gc.freeze()
        _modules_frozen = len(sys.modules)


class _Unretrieved(logging.Handler):
    """Collects what asyncio says of errors that nobody looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "never retrieved" in record.getMessage():
            self.told.append(record.getMessage())


_unretrieved = _Unretrieved()
logging.getLogger("asyncio").addHandler(_unretrieved)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """The error of a task that nobody waited for fails the test that left it: a person would see a traceback."""
    _unretrieved.told.clear()
    yield
    if inspect.iscoroutinefunction(getattr(item, "obj", None)):
        gc.collect()  # asyncio tells when the task is collected
    if _unretrieved.told:
        pytest.fail("\n\n".join(_unretrieved.told), pytrace=False)


@pytest.fixture(scope="session")
def module_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled modules, shared by all processes of the run as several programs would: MicroPython takes a second."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "modules"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def quick_workers() -> Generator[None, None, None]:
    """For tests of what modules do, see `tests/fakes/workers.py`."""
    from tests.fakes.workers import workers_preloaded

    with workers_preloaded():
        yield


@pytest.fixture
def quick_supervisors() -> Generator[None, None, None]:
    """For tests of what is done in a cage, see `tests/fakes/supervisors.py`."""
    from tests.fakes.supervisors import supervisors_preloaded

    with supervisors_preloaded():
        yield


@pytest.fixture
def compiled_in_this_process(quick_workers: None, quick_supervisors: None) -> Generator[None, None, None]:
    """For tests of what modules do, see `tests/fakes/compiled_here.py`."""
    from tests.fakes.compiled_here import compiled_here

    with compiled_here():
        yield


_OF_THE_DATABASE = Path(__file__).parent / "adapters" / "storage"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """
    Whatever opens a project keeps the programs in it from being run for the rest of the process; here, of a test. And a
    new home is a copy, see `tests/fakes/quick_homes.py`.

    A fixture for all tests would take five times as long.
    """
    before = set(own_programs._distrusted)
    try:
        with nullcontext() if _OF_THE_DATABASE in item.path.parents else copied_homes():
            return (yield)
    finally:
        own_programs._distrusted.clear()
        own_programs._distrusted.update(before)
