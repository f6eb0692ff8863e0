"""Lists of effects are stored whole, opened by their digest, and never taken for another."""

import hashlib
import stat
import zlib
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.program_side.listings import Listings
from blufio_tui.core.errors import NotThere, StorageError

LISTING = b'{"kind": "counts"}\n' * 1000
DIGEST = hashlib.sha256(LISTING).hexdigest()


def test_a_list_comes_back_as_it_was_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    listings = Listings(tmp_path / "effects")
    listings.store(LISTING)
    listings.store(LISTING)
    assert listings.load(DIGEST) == LISTING
    (file,) = (tmp_path / "effects").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_size < len(LISTING)


@pytest.mark.parametrize(
    ("packed", "says"),
    [(zlib.compress(b"another"), "changed"), (b"nonsense", "damaged"), (zlib.compress(LISTING)[:-20], "changed")],
)
def test_a_list_that_is_another_one_is_not_shown(tmp_path: Path, packed: bytes, says: str) -> None:
    (tmp_path / f"{DIGEST}.jsonl.z").write_bytes(packed)
    with pytest.raises(StorageError, match=says):
        Listings(tmp_path).load(DIGEST)


def test_a_list_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="no longer stored"):
        Listings(tmp_path).load(DIGEST)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", DIGEST.upper()])
def test_only_a_digest_names_a_list(tmp_path: Path, digest: str) -> None:
    with pytest.raises(StorageError, match="no digest"):
        Listings(tmp_path).load(digest)
