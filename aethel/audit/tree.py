"""The Merkle tree over a batch: RFC 9162, section 2.1, with the hashes of records as leaves."""

from __future__ import annotations

from collections.abc import Sequence

from aethel.ledger.merkle import RFC6962


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root of a tree of at least one leaf (section 2.1.1)."""
    level = [RFC6962.leaf(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _above(level)
    return level[0]


def inclusion_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The hashes beside the way from leaf `index` up to the root, lowest first (section 2.1.3.1)."""
    level, path = [RFC6962.leaf(leaf) for leaf in leaves], []
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        level, index = _above(level), index // 2
    return tuple(path)


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The next level; where a node has no neighbour it is raised as it is."""
    pairs = [RFC6962.node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, *level[len(level) - len(level) % 2 :]]
