"""The Merkle tree over the rows of the audit log, hashed as RFC 6962, section 2.1, says.

Leaves and nodes begin with different bytes, so that no node can pass for a leaf. A tree of a million rows is
extended from its peaks alone, and a row is proved from the hashes of whole blocks and the rows of one block.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
BLOCK_LEVEL = 8
BLOCK_ROWS = 1 << BLOCK_LEVEL
"""Rows below each hash that is stored: 32 bytes for 256 rows, and 256 rows to read for one proof."""
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Peaks:
    """The roots of the complete trees that a tree of `size` leaves is made of, the largest first.

    They are all that is needed to extend the tree.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        *rest, root = self.hashes
        for left in reversed(rest):
            root = node_hash(left, root)
        return root

    def as_bytes(self) -> bytes:
        return b"".join(self.hashes)


def peaks_of(size: int, data: bytes) -> Peaks | None:
    """What `as_bytes` made of the peaks of a tree of this size; None if it cannot be that."""
    if size < 0 or len(data) != size.bit_count() * HASH_BYTES:
        return None
    return Peaks(size, tuple(data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)))


class Growing:
    """A tree that leaves are added to.

    Attributes:
        blocks: the hash of each block that was completed since, by its number from 0.
    """

    def __init__(self, peaks: Peaks) -> None:
        self._size = peaks.size
        self._peaks = list(peaks.hashes)
        self.blocks: dict[int, bytes] = {}

    def add(self, leaf: bytes) -> None:
        """`leaf` is a leaf's hash."""
        self._put(leaf, 0)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """As `add` for each; as large trees as fit behind what is there are hashed level by level, in half the time."""
        start = 0
        while start < len(leaves):
            room = self._size & -self._size or BLOCK_ROWS  # the largest power of two that the size is a multiple of
            level = min(BLOCK_LEVEL, room.bit_length() - 1, (len(leaves) - start).bit_length() - 1)
            end = start + (1 << level)
            self._put(_root_of(leaves[start:end]), level)
            start = end

    def _put(self, node: bytes, level: int) -> None:
        """Put a complete tree of this level behind what is there, which is a multiple of its size."""
        self._size += 1 << level
        position = (self._size >> level) - 1
        while True:
            if level == BLOCK_LEVEL:
                self.blocks[position] = node
            if not position & 1:
                break
            node = node_hash(self._peaks.pop(), node)
            position >>= 1
            level += 1
        self._peaks.append(node)

    def peaks(self) -> Peaks:
        return Peaks(self._size, tuple(self._peaks))


def _root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of a complete tree."""
    level = leaves
    while len(level) > 1:
        pairs = iter(level)
        level = [hashlib.sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return level[0]


class Tree:
    """A tree of which the hashes of whole blocks are at hand; leaves are asked for where they are needed.

    Args:
        blocks: the hash of each complete block.
        leaves: the hashes of the leaves `first` to `last - 1`, counted from 0.
    """

    def __init__(self, size: int, blocks: Sequence[bytes], leaves: Callable[[int, int], Sequence[bytes]]) -> None:
        self.size = size
        self._blocks = blocks
        self._leaves = leaves
        self._fetched: dict[int, Sequence[bytes]] = {}
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        return self._hash(0, self.size) if self.size else EMPTY_ROOT

    def path(self, index: int) -> tuple[bytes, ...]:
        """The hashes that lead from the leaf to the root, the lowest first (RFC 6962, section 2.1.1)."""
        if not 0 <= index < self.size:
            raise ValueError(f"the tree has {self.size} leaves, and no leaf {index}")
        path: list[bytes] = []
        low, high = 0, self.size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low = middle
        return tuple(reversed(path))

    def _hash(self, low: int, high: int) -> bytes:
        known = self._known.get((low, high))
        if known is None:
            known = self._known[low, high] = self._computed(low, high)
        return known

    def _computed(self, low: int, high: int) -> bytes:
        if high - low == BLOCK_ROWS:  # every range of this size that is asked for is a whole block
            return self._blocks[low >> BLOCK_LEVEL]
        if high - low == 1:
            return self._leaf(low)
        middle = low + _split(high - low)
        return node_hash(self._hash(low, middle), self._hash(middle, high))

    def _leaf(self, index: int) -> bytes:
        block = index >> BLOCK_LEVEL
        if block not in self._fetched:
            first = block << BLOCK_LEVEL
            self._fetched[block] = self._leaves(first, min(first + BLOCK_ROWS, self.size))
        return self._fetched[block][index & (BLOCK_ROWS - 1)]


def root_from(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root that a path leads to (RFC 9162, section 2.1.3.2); None if it cannot be a path of that leaf."""
    if not 0 <= index < size:
        return None
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found = node_hash(found, sibling)
        node >>= 1
        last >>= 1
    return found if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
