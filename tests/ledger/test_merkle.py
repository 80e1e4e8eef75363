"""Inclusion and consistency: published trees, every proof of small ones, and the steps of RFC 9162 one by one."""

import hashlib
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.ledger.merkle import (
    BITCOIN,
    RFC6962,
    Scheme,
    Unproved,
    consistency_length,
    consistency_roots,
    inclusion_root,
    path_length,
)
from tests.ledger.trees import (
    SCHEMES,
    consistency_path,
    inclusion_path,
    leaf_hash,
    leaves_of,
    node_hash,
    tree_root,
)

PUBLISHED_LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
PUBLISHED_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The leaves that Certificate Transparency's implementations test with, and the roots over the first 1 to 8 of them."""

BLOCK_100000 = (
    "8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
    "fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
    "6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
    "e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d",
)
BLOCK_100000_ROOT = "f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766"
"""The transactions and the Merkle root of Bitcoin's block 100000, as explorers show them."""

SMALL = range(1, 18)


def flipped(content: bytes, bit: int) -> bytes:
    return (int.from_bytes(content, "big") ^ 1 << bit).to_bytes(len(content), "big")


def test_the_published_trees_have_the_published_roots() -> None:
    leaves = [RFC6962.leaf(bytes.fromhex(text)) for text in PUBLISHED_LEAVES]
    assert tuple(tree_root(RFC6962, leaves[:size]).hex() for size in range(1, 9)) == PUBLISHED_ROOTS


@pytest.mark.parametrize("size", range(1, 9))
def test_every_leaf_of_a_published_tree_is_under_its_root(size: int) -> None:
    leaves = [RFC6962.leaf(bytes.fromhex(text)) for text in PUBLISHED_LEAVES[:size]]
    roots = {inclusion_root(RFC6962, leaves[at], at, size, inclusion_path(RFC6962, at, leaves)) for at in range(size)}
    assert roots == {bytes.fromhex(PUBLISHED_ROOTS[size - 1])}


def test_every_transaction_of_a_published_block_is_under_its_root() -> None:
    leaves = [bytes.fromhex(text)[::-1] for text in BLOCK_100000]
    roots = {inclusion_root(BITCOIN, leaves[at], at, 4, inclusion_path(BITCOIN, at, leaves)) for at in range(4)}
    assert roots == {bytes.fromhex(BLOCK_100000_ROOT)[::-1]}


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_leaves_and_nodes_are_hashed_as_each_scheme_says(scheme: Scheme) -> None:
    assert scheme.leaf(b"content") == leaf_hash(scheme, b"content")
    assert scheme.node(b"l" * 32, b"r" * 32) == node_hash(scheme, b"l" * 32, b"r" * 32)


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_every_leaf_of_every_small_tree_is_under_its_root_and_nowhere_else(scheme: Scheme) -> None:
    for size in SMALL:
        leaves = leaves_of(scheme, size)
        root = tree_root(scheme, leaves)
        for index, leaf in enumerate(leaves):
            path = inclusion_path(scheme, index, leaves)
            assert path_length(scheme, index, size) == len(path)
            found = [at for at in range(size) if inclusion_root(scheme, leaf, at, size, path) == root]
            assert found == [index]


def test_every_small_tree_continues_every_smaller_one() -> None:
    for size in SMALL:
        leaves = leaves_of(RFC6962, size)
        roots = [tree_root(RFC6962, leaves[:first]) for first in range(1, size + 1)]
        for first in range(1, size + 1):
            path = consistency_path(first, leaves)
            assert consistency_length(first, size) == len(path)
            found = consistency_roots(RFC6962, first, size, roots[first - 1], path)
            assert found == (roots[first - 1], roots[-1])


@given(st.sampled_from(SCHEMES), st.integers(1, 40), st.data())
def test_a_proof_of_inclusion_with_anything_changed_shows_nothing(
    scheme: Scheme, size: int, data: st.DataObject
) -> None:
    leaves = leaves_of(scheme, size)
    index = data.draw(st.integers(0, size - 1))
    root, path = tree_root(scheme, leaves), inclusion_path(scheme, index, leaves)
    assert inclusion_root(scheme, leaves[index], index, size, path) == root
    for leaf, changed in _changed(leaves[index], path, data):
        assert inclusion_root(scheme, leaf, index, size, changed) != root
    other = data.draw(st.integers(0, 2 * size).filter(lambda each: each != index))
    assert inclusion_root(scheme, leaves[index], other, size, path) != root


@given(st.integers(2, 40), st.data())
def test_a_proof_of_consistency_with_anything_changed_shows_nothing(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(RFC6962, size)
    first = data.draw(st.integers(1, size - 1))
    older, newer = tree_root(RFC6962, leaves[:first]), tree_root(RFC6962, leaves)
    path = consistency_path(first, leaves)
    assert consistency_roots(RFC6962, first, size, older, path) == (older, newer)
    for start, changed in _changed(older, path, data):
        assert consistency_roots(RFC6962, first, size, start, changed) != (start, newer)
    forked = leaves_of(RFC6962, size, b"other")
    at_fork = consistency_roots(RFC6962, first, size, older, consistency_path(first, forked))
    assert at_fork != (older, tree_root(RFC6962, forked))


def _changed(start: bytes, path: Sequence[bytes], data: st.DataObject) -> Iterator[tuple[bytes, Sequence[bytes]]]:
    """The start and the path with a bit flipped, hashes swapped, one missing, or one too many at any place."""
    yield flipped(start, data.draw(st.integers(0, 255))), path
    extra = data.draw(st.integers(0, len(path)))
    yield start, [*path[:extra], data.draw(st.sampled_from([start, b"\0" * 32, *path])), *path[extra:]]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        yield start, [*path[:at], flipped(path[at], data.draw(st.integers(0, 255))), *path[at + 1 :]]
        yield start, [*path[:at], *path[at + 1 :]]
        if path[0] != start:
            yield path[0], [start, *path[1:]]
        if path[at] != path[at - 1]:
            swapped = list(path)
            swapped[at], swapped[at - 1] = path[at - 1], path[at]
            yield start, swapped


hashes = st.integers(0, 3).map(lambda number: bytes([number]) * 32)
numbers = st.integers(0, 40) | st.integers(0, 2**64)


@given(hashes, numbers, numbers, st.lists(hashes, max_size=9))
def test_inclusion_is_what_the_steps_of_the_rfc_make_of_any_input(
    leaf: bytes, index: int, size: int, path: list[bytes]
) -> None:
    found = inclusion_root(RFC6962, leaf, index, size, path)
    assert (None if isinstance(found, Unproved) else found) == _inclusion_by_the_rfc(leaf, index, size, path)


def _inclusion_by_the_rfc(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """RFC 9162, section 2.1.3.2, step by step."""
    if index >= size:
        return None
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node_hash(RFC6962, p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(RFC6962, r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


@given(hashes, numbers, numbers, st.lists(hashes, max_size=9))
def test_consistency_is_what_the_steps_of_the_rfc_make_of_any_input(
    root: bytes, first: int, second: int, path: list[bytes]
) -> None:
    if first == second:
        return
    found = consistency_roots(RFC6962, first, second, root, path)
    assert (None if isinstance(found, Unproved) else found) == _consistency_by_the_rfc(root, first, second, path)


def _consistency_by_the_rfc(root: bytes, first: int, second: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """RFC 9162, section 2.1.4.2, step by step, for 0 < first < second."""
    if not (0 < first < second and path):
        return None
    if first & (first - 1) == 0:
        path = [root, *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = node_hash(RFC6962, c, fr), node_hash(RFC6962, c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(RFC6962, sr, c)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr) if sn == 0 else None


def test_a_tree_is_consistent_with_itself_without_a_path_only() -> None:
    root = tree_root(RFC6962, leaves_of(RFC6962, 6))
    assert consistency_roots(RFC6962, 6, 6, root, []) == (root, root)
    assert isinstance(consistency_roots(RFC6962, 6, 6, root, [root]), Unproved)


@pytest.mark.parametrize(("first", "second"), [(0, 8), (0, 0), (9, 8), (-1, 8)])
def test_no_tree_continues_none_or_a_larger_one(first: int, second: int) -> None:
    assert isinstance(consistency_roots(RFC6962, first, second, b"r" * 32, []), Unproved)


def test_a_duplicated_last_leaf_is_no_other_tree() -> None:
    leaves = leaves_of(BITCOIN, 3)
    longer = [*leaves, leaves[2]]
    assert tree_root(BITCOIN, longer) == tree_root(BITCOIN, leaves)
    for index in (2, 3):
        found = inclusion_root(BITCOIN, longer[index], index, 4, inclusion_path(BITCOIN, index, longer))
        assert isinstance(found, Unproved)
        assert found.pitfall
        assert "CVE-2012-2459" in found.message


def test_the_last_node_of_an_odd_level_is_paired_with_nothing_but_itself() -> None:
    leaves = leaves_of(BITCOIN, 3)
    path = inclusion_path(BITCOIN, 2, leaves)
    assert path[0] == leaves[2]
    assert isinstance(inclusion_root(BITCOIN, leaves[2], 2, 3, [leaves[0], *path[1:]]), Unproved)


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("count", [63, 64, 65, 100_000])
def test_the_largest_trees_and_the_longest_paths_cost_no_more_than_their_depth(
    scheme: Scheme, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []
    real = hashlib.sha256

    def counted(content: bytes = b"") -> object:
        hashed.append(1)
        return real(content)

    monkeypatch.setattr(hashlib, "sha256", counted)
    size = 2**64 - 1
    path = [index.to_bytes(32, "big") for index in range(count)]
    for index in (0, size - 1, 2**63, size, 2**64, 2**4000):
        inclusion_root(scheme, b"l" * 32, index, size, path)
        consistency_roots(scheme, index, size, b"r" * 32, path)
    assert len(hashed) <= 6 * 2 * 64 * 2
