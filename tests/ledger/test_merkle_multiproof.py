"""Updates: the root after is that of the rebuilt tree, for exactly the leaves that changed and nothing else."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.ledger.merkle import BITCOIN, RFC6962, Scheme, Unproved
from aethel.ledger.merkle_multiproof import Node, update_roots
from tests.ledger.test_merkle import flipped
from tests.ledger.trees import SCHEMES, leaf_hash, leaves_of, multiproof, tree_root

trees = st.tuples(st.sampled_from(SCHEMES), st.integers(1, 40)).flatmap(
    lambda tree: st.tuples(st.just(tree[0]), st.just(tree[1]), st.sets(st.integers(0, tree[1] - 1), min_size=1))
)
"""A scheme, a size, and the leaves that change."""


def changed(scheme: Scheme, size: int, touched: set[int]) -> tuple[list[bytes], list[bytes], list[Node]]:
    """The leaves before and after, and the touched ones."""
    before = leaves_of(scheme, size)
    after = [leaf_hash(scheme, b"new" + leaf) if index in touched else leaf for index, leaf in enumerate(before)]
    return before, after, [Node(index, before[index], after[index]) for index in sorted(touched)]


@given(trees)
def test_an_update_leads_from_the_tree_before_to_the_rebuilt_one(tree: tuple[Scheme, int, set[int]]) -> None:
    scheme, size, touched = tree
    before, after, nodes = changed(scheme, size, touched)
    found = update_roots(scheme, size, nodes, multiproof(scheme, sorted(touched), before))
    assert found == (tree_root(scheme, before), tree_root(scheme, after))


@given(trees, st.data())
def test_an_update_with_any_hash_changed_does_not_lead_there(
    tree: tuple[Scheme, int, set[int]], data: st.DataObject
) -> None:
    scheme, size, touched = tree
    before, after, nodes = changed(scheme, size, touched)
    proof = multiproof(scheme, sorted(touched), before)
    roots = (tree_root(scheme, before), tree_root(scheme, after))
    bit = data.draw(st.integers(0, 255))
    at = data.draw(st.integers(0, len(nodes) - 1))
    node = nodes[at]
    for other in (
        Node(node.index, flipped(node.before, bit), node.after),
        Node(node.index, node.before, flipped(node.after, bit)),
        Node(data.draw(st.integers(0, 2 * size).filter(lambda index: index != node.index)), node.before, node.after),
    ):
        assert update_roots(scheme, size, [*nodes[:at], other, *nodes[at + 1 :]], proof) != roots
    for wrong in _wrong_proofs(proof, bit, data):
        assert update_roots(scheme, size, nodes, wrong) != roots


def _wrong_proofs(proof: Sequence[bytes], bit: int, data: st.DataObject) -> list[list[bytes]]:
    extra = data.draw(st.integers(0, len(proof)))
    wrong = [[*proof[:extra], b"\0" * 32, *proof[extra:]]]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrong.append([*proof[:at], *proof[at + 1 :]])
        wrong.append([*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]])
    if len(proof) > 1:
        wrong.append([*proof[1:], proof[0]])
    return wrong


@given(trees.filter(lambda tree: len(tree[2]) > 1), st.data())
def test_a_touched_leaf_that_is_left_out_is_noticed(tree: tuple[Scheme, int, set[int]], data: st.DataObject) -> None:
    scheme, size, touched = tree
    before, after, nodes = changed(scheme, size, touched)
    left_out = data.draw(st.sampled_from(sorted(touched)))
    named = [node for node in nodes if node.index != left_out]
    found = update_roots(scheme, size, named, multiproof(scheme, [node.index for node in named], before))
    assert isinstance(found, tuple)
    assert found[0] == tree_root(scheme, before)
    assert found[1] != tree_root(scheme, after)


@pytest.mark.parametrize("indices", [[], [1, 0], [1, 1], [0, 4], [4], [-1]])
def test_leaves_out_of_order_twice_or_outside_the_tree_are_refused(indices: list[int]) -> None:
    nodes = [Node(index, b"b" * 32, b"a" * 32) for index in indices]
    assert isinstance(update_roots(RFC6962, 4, nodes, []), Unproved)


def test_a_leaf_that_is_listed_twice_is_refused_even_where_it_is_the_tree() -> None:
    leaf = Node(0, b"b" * 32, b"a" * 32)
    assert update_roots(RFC6962, 1, [leaf], []) == (leaf.before, leaf.after)
    assert isinstance(update_roots(RFC6962, 1, [leaf, Node(0, leaf.before, b"c" * 32)], []), Unproved)


def test_an_update_that_makes_two_neighbours_equal_is_refused_where_that_looks_like_another_tree() -> None:
    for scheme in SCHEMES:
        before = leaves_of(scheme, 4)
        found = update_roots(scheme, 4, [Node(1, before[1], before[0])], multiproof(scheme, [1], before))
        assert isinstance(found, Unproved) is (scheme is BITCOIN)
        if isinstance(found, Unproved):
            assert found.pitfall
            assert found.root == tree_root(scheme, before)


def test_an_update_of_a_huge_tree_costs_no_more_than_leaves_and_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = Scheme.node

    def counted(scheme: Scheme, left: bytes, right: bytes) -> bytes:
        made.append(1)
        return real(scheme, left, right)

    monkeypatch.setattr(Scheme, "node", counted)
    size, leaves, hashes = 2**64 - 1, 1_000, 5_000
    nodes = [Node(size // leaves * number, b"b" * 32, b"a" * 32) for number in range(leaves)]
    found = update_roots(RFC6962, size, nodes, [number.to_bytes(32, "big") for number in range(hashes)])
    assert isinstance(found, Unproved)
    assert 2 * hashes <= len(made) <= 2 * (hashes + leaves)
