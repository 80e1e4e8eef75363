"""Updates of a Merkle tree: the roots before and after, from the touched leaves and one proof for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from aethel.ledger.merkle import Scheme, Unproved, repeated
from aethel.ledger.wording import counted


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a level: its position there, counted from 0, and its hash before and after the update."""

    index: int
    before: bytes
    after: bytes


def update_roots(
    scheme: Scheme, size: int, leaves: Sequence[Node], proof: Sequence[bytes]
) -> tuple[bytes, bytes] | Unproved:
    """The roots of a tree of `size` leaves before and after its touched leaves changed, all others staying.

    `leaves` are in order, each once. `proof` holds the hash of every node that is beside one over a touched leaf and
    over none itself, level by level from the leaves and from left to right; a last node paired with itself is not in
    it. None may be missing and none left over. The work is that of one pass over leaves and proof, and 64 levels.
    Equal nodes side by side are a pitfall where the last node is repeated (see `merkle.repeated`).
    """
    if not leaves:
        return Unproved("no touched leaf is given, expected at least one")
    if any(left.index >= right.index for left, right in pairwise(leaves)):
        return Unproved("the touched leaves are not in order, expected each once and by ascending index")
    if leaves[0].index < 0 or leaves[-1].index >= size:
        return Unproved(f"the last touched leaf is {leaves[-1].index}, expected less than the tree size, {size}")
    climb = _Climb(scheme, proof)
    level, last = list(leaves), size - 1
    while last and not climb.is_short:
        level, last = climb.above(level, last), last >> 1
    if climb.is_short or climb.used != len(proof):
        expected = "more" if climb.is_short else str(climb.used)
        return Unproved(f"the proof has {counted(len(proof), 'hash', 'hashes')}, expected {expected}")
    return repeated(level[0].before) if climb.has_twins else (level[0].before, level[0].after)


class _Climb:
    """Goes up level by level, using the proof in order; `is_short` once it has run out of hashes."""

    def __init__(self, scheme: Scheme, proof: Sequence[bytes]) -> None:
        self._scheme = scheme
        self._proof = proof
        self.used = 0
        self.is_short = False
        self.has_twins = False

    def above(self, level: list[Node], last: int) -> list[Node]:
        """The nodes over those of a level, `last` being its last position; what there is when the proof runs out."""
        above: list[Node] = []
        at = 0
        while at < len(level) and not self.is_short:
            node, is_right = level[at], level[at].index & 1
            at += 1
            if not is_right and at < len(level) and level[at].index == node.index + 1:
                above.append(self._over(node, level[at]))
                at += 1
            elif not is_right and node.index == last:
                above.append(self._raised(node))
            elif self.used == len(self._proof):
                self.is_short = True
            else:
                beside = Node(node.index ^ 1, self._proof[self.used], self._proof[self.used])
                self.used += 1
                above.append(self._over(beside, node) if is_right else self._over(node, beside))
        return above

    def _over(self, left: Node, right: Node) -> Node:
        self.has_twins |= self._scheme.repeats_last and (left.before == right.before or left.after == right.after)
        before = self._scheme.node(left.before, right.before)
        return Node(left.index >> 1, before, self._scheme.node(left.after, right.after))

    def _raised(self, node: Node) -> Node:
        """The last node of an odd level as it stands on the next: paired with itself, or as it is."""
        if not self._scheme.repeats_last:
            return Node(node.index >> 1, node.before, node.after)
        before = self._scheme.node(node.before, node.before)
        return Node(node.index >> 1, before, self._scheme.node(node.after, node.after))
