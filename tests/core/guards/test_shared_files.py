"""Whose hands a file that decides may be in."""

import pytest

from blufio_tui.core.guards.shared_files import changeable_by

ROOT, ME, OTHER = 0, 1000, 1001


@pytest.mark.parametrize(
    ("mode", "owner", "me", "says"),
    [
        (0o40700, ME, ME, ""),
        (0o100644, ME, ME, ""),
        (0o40775, ME, ME, ""),
        (0o100644, ROOT, ME, ""),
        (0o100644, OTHER, ROOT, ""),
        (0o40777, ME, ME, "every user"),
        (0o41777, ME, ME, "every user"),
        (0o100602, ME, ME, "every user"),
        (0o100666, OTHER, ROOT, "every user"),
        (0o40700, OTHER, ME, "belongs to another user"),
        (0o100644, OTHER, ME, "belongs to another user"),
    ],
)
def test_only_their_owner_and_root_may_change_files_that_decide(mode: int, owner: int, me: int, says: str) -> None:
    assert says in changeable_by(mode, owner, me)
    assert bool(says) == bool(changeable_by(mode, owner, me))
