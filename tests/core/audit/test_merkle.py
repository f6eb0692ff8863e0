"""The tree against the published vectors of Certificate Transparency and against the plain recursion of RFC 6962."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.audit.merkle import BLOCK_ROWS, EMPTY_ROOT, Growing, Peaks, Tree, leaf_hash, peaks_of, root_from

_INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def grown(leaves: list[bytes]) -> Growing:
    growing = Growing(Peaks())
    for leaf in leaves:
        growing.add(leaf)
    return growing


def tree_of(leaves: list[bytes]) -> Tree:
    blocks = grown(leaves).blocks
    return Tree(len(leaves), [blocks[number] for number in range(len(blocks))], lambda first, end: leaves[first:end])


def plain_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


@pytest.mark.parametrize("count", range(1, 9))
def test_the_published_roots_come_out(count: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in _INPUTS[:count]]
    assert grown(leaves).peaks().root().hex() == _ROOTS[count - 1]
    assert tree_of(leaves).root().hex() == _ROOTS[count - 1]


@pytest.mark.parametrize("start", [0, 1, 255, 256, 257, 300])
@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 511, 512, 1000])
def test_leaves_added_at_once_make_the_same_tree(start: int, count: int) -> None:
    leaves = leaves_of(start + count)
    one_by_one, at_once = grown(leaves), grown(leaves[:start])
    at_once.extend(leaves[start:])
    assert at_once.peaks() == one_by_one.peaks()
    assert at_once.blocks == one_by_one.blocks


def test_a_tree_without_leaves_has_the_hash_of_nothing() -> None:
    assert Peaks().root() == EMPTY_ROOT == tree_of([]).root()


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 511, 512, 513, 700, 1024, 1300])
def test_every_leaf_has_a_path_to_the_root_and_nothing_else_has_it(count: int) -> None:
    leaves = leaves_of(count)
    root, tree = plain_root(leaves), tree_of(leaves)
    assert tree.root() == root == grown(leaves).peaks().root()
    for index in {0, 1, 2, 254, 255, 256, 257, count // 2, count - 2, count - 1} & set(range(count)):
        path = tree.path(index)
        assert root_from(leaves[index], index, count, path) == root
        assert root_from(leaf_hash(b"another"), index, count, path) != root
        assert root_from(leaves[index], (index + 1) % count, count, path) != root or count == 1
        assert root_from(leaves[index], index, count, (*path, leaves[0])) is None
        assert root_from(leaves[index], index, count, path[:-1]) is None or count == 1


def test_every_index_outside_the_tree_is_refused() -> None:
    assert root_from(leaf_hash(b""), 1, 1, ()) is None
    assert root_from(leaf_hash(b""), -1, 1, ()) is None
    with pytest.raises(ValueError, match="no leaf 3"):
        tree_of(leaves_of(3)).path(3)


@given(first=st.integers(0, 600), more=st.integers(0, 600))
def test_a_tree_that_is_extended_from_its_peaks_is_the_tree_made_at_once(first: int, more: int) -> None:
    leaves = leaves_of(first + more)
    before = grown(leaves[:first])
    kept = peaks_of(first, before.peaks().as_bytes())
    assert kept == before.peaks()
    growing = Growing(kept)
    for leaf in leaves[first:]:
        growing.add(leaf)
    assert growing.peaks() == grown(leaves).peaks()
    assert {**before.blocks, **growing.blocks} == grown(leaves).blocks
    assert len(grown(leaves).blocks) == (first + more) // BLOCK_ROWS


def test_bytes_that_are_no_peaks_of_that_size_are_refused() -> None:
    assert peaks_of(3, b"x" * 32) is None
    assert peaks_of(-1, b"x" * 32) is None
