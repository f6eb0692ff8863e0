"""Servers that attack; the supervisors of their cages begin with their code loaded."""

import pytest


@pytest.fixture(autouse=True)
def cages_begin_at_once(quick_supervisors: None) -> None:
    """Nearly every test here starts one; `tests/adapters/cage` and `tests/hostile/cage` start theirs whole."""
