"""Whatever a guest passes, a WASI function answers with an errno, a trap or an exit, and stays in its folder."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.adapters.files.wasi.paths import resolve
from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestExit, GuestTrap
from blufio_tui.adapters.sandbox.worker_side.wasi.imports import FUNCTIONS
from blufio_tui.core.errors import NeverRule
from blufio_tui.core.wasi.errno import Errno
from tests.fakes.wasi_guest import ALL_FUNCTIONS, Guest

SLOW = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)

numbers = st.one_of(
    st.integers(0, 40),
    st.sampled_from([1024, 4096, 65536, (1 << 20) - 4, 1 << 20, 1 << 31, 0xFFFFFFFF, -1, (1 << 63) - 1, 1 << 63]),
    st.integers(-(1 << 63), (1 << 63) - 1),
)
calls = st.lists(
    st.sampled_from(ALL_FUNCTIONS).flatmap(
        lambda name: st.tuples(st.just(name), st.tuples(*[numbers] * len(FUNCTIONS[name][0])))
    ),
    max_size=12,
)


@SLOW
@given(calls=calls, memory=st.binary(max_size=400))
def test_random_calls_never_break_the_host(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[str, tuple[int, ...]]], memory: bytes
) -> None:
    guest = Guest(tmp_path_factory.mktemp("data"))
    guest.memory.write(0, memory * 10)
    guest.host.sleep = lambda _seconds: None  # type: ignore[method-assign]
    for name, arguments in calls:
        try:
            result = guest.raw(name, *arguments)
        except (GuestTrap, GuestExit):
            break
        assert result in set(Errno)
    guest.host.handles.close()


names = st.sampled_from(["a", "b", "link", "up", "abs", "loop", "..", ".", "", "missing"])
written = st.lists(names, min_size=1, max_size=8).map("/".join)


@SLOW
@given(path=written, follow=st.booleans())
def test_no_path_resolves_outside_its_root(tmp_path: Path, path: str, follow: bool) -> None:
    root = _tree(tmp_path)
    try:
        found = resolve(FileGuard(places(root)), str(root), path, follow=follow)
    except NeverRule:
        return
    assert found.path == str(root) or found.path.startswith(f"{root}/")
    if not found.failure:
        real = os.path.realpath(found.path if follow else os.path.dirname(found.path))
        assert real == str(root) or real.startswith(f"{root}/") or found.is_root


@SLOW
@given(path=written)
def test_a_path_that_stays_inside_resolves_as_the_system_does(tmp_path: Path, path: str) -> None:
    root = _tree(tmp_path)
    try:
        found = resolve(FileGuard(places(root)), str(root), path, follow=True)
    except NeverRule:
        return
    if not found.failure and Path(found.path).exists():
        assert found.path == os.path.realpath(root / path)


def _tree(base: Path) -> Path:
    root = base / "root"
    if not root.exists():
        (root / "a" / "b" / "a").mkdir(parents=True)
        (root / "a" / "link").symlink_to("b/../b")
        (root / "link").symlink_to("a/link")
        (root / "up").symlink_to("..")
        (root / "a" / "up").symlink_to("..")
        (root / "abs").symlink_to("/etc")
        (root / "loop").symlink_to("loop")
        (base / "outside").mkdir()
    return root
