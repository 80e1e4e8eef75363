"""Existence proofs of ICS 23: trees built by each specification, and what only looks like a part of one."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.ledger.merkle import Unproved
from aethel.ledger.merkle_ics23 import SPECIFICATIONS, LeafForm, Specification, Step, existence_root
from tests.ledger.test_merkle import flipped

IAVL, TENDERMINT, SPARSE = (SPECIFICATIONS[f"ics23-{name}"] for name in ("iavl", "tendermint", "smt"))
KEY, VALUE = b"account/7", b"12.50 EUR"
VALUE_HASH = sha256(VALUE).digest()
FORMS = {
    IAVL.name: LeafForm("sha256", "none", "sha256", "1", b"\x00\x02\x06"),
    TENDERMINT.name: LeafForm("sha256", "none", "sha256", "1", b"\x00"),
    SPARSE.name: LeafForm("sha256", "sha256", "sha256", "0", b"\x00"),
}
LEAVES = {
    IAVL.name: b"\x00\x02\x06" + bytes([len(KEY)]) + KEY + b"\x20" + VALUE_HASH,
    TENDERMINT.name: b"\x00" + bytes([len(KEY)]) + KEY + b"\x20" + VALUE_HASH,
    SPARSE.name: b"\x00" + sha256(KEY).digest() + VALUE_HASH,
}
"""What is hashed for the leaf, written out from the specifications."""

every_specification = pytest.mark.parametrize("specification", SPECIFICATIONS.values(), ids=lambda each: each.name)
sides = st.lists(st.booleans(), max_size=12)


def path_of(specification: Specification, lefts: Sequence[bool]) -> list[Step]:
    """One step for each side that the child is on, the heights and sizes of IAVL's heads growing."""
    steps = []
    for height, is_left in enumerate(lefts, 1):
        sibling = sha256(bytes([height])).digest()
        if specification is IAVL:
            head, marker = bytes([2 * height, 2 * height + 2, 6]), b"\x20"
        else:
            head, marker = b"\x01", b""
        if is_left:
            steps.append(Step("sha256", head + marker, marker + sibling))
        else:
            steps.append(Step("sha256", head + marker + sibling + marker, b""))
    return steps


def found(specification: Specification, path: Sequence[Step], key: bytes = KEY, value: bytes = VALUE) -> object:
    return existence_root(specification, key, value, FORMS[specification.name], path)


@every_specification
@given(sides)
def test_a_value_is_under_the_root_that_its_path_hashes_to(specification: Specification, lefts: list[bool]) -> None:
    path = path_of(specification, lefts)
    node = sha256(LEAVES[specification.name]).digest()
    for step in path:
        node = sha256(step.prefix + node + step.suffix).digest()
    assert found(specification, path) == node


@every_specification
@given(sides.filter(bool), st.data())
def test_nothing_of_a_proof_can_be_changed(
    specification: Specification, lefts: list[bool], data: st.DataObject
) -> None:
    path = path_of(specification, lefts)
    root = found(specification, path)
    at = data.draw(st.integers(0, len(path) - 1))
    bit = data.draw(st.integers(0, 8 * len(path[at].prefix) - 1))
    assert (
        found(specification, [*path[:at], replace(path[at], prefix=flipped(path[at].prefix, bit)), *path[at + 1 :]])
        != root
    )
    assert found(specification, [*path[:at], *path[at + 1 :]]) != root
    assert found(specification, path, key=flipped(KEY, bit % 72)) != root
    assert found(specification, path, value=flipped(VALUE, bit % 72)) != root


@every_specification
def test_a_leaf_hashed_in_another_way_is_a_pitfall(specification: Specification) -> None:
    form = FORMS[specification.name]
    for other in (
        replace(form, hash="sha512"),
        replace(form, prehash_key="sha256" if form.prehash_key == "none" else "none"),
        replace(form, prehash_value="none"),
        replace(form, length="1" if form.length == "0" else "0"),
        replace(form, prefix=b"\x01"),
        replace(form, prefix=b""),
        replace(form, prefix=form.prefix + b"\x00"),
    ):
        refused = existence_root(specification, KEY, VALUE, other, [])
        assert isinstance(refused, Unproved), other
        assert refused.pitfall


@every_specification
def test_a_step_that_is_no_node_is_a_pitfall(specification: Specification) -> None:
    (good,) = path_of(specification, [True])
    for step in (
        replace(good, hash="none"),
        replace(good, prefix=b""),
        replace(good, prefix=FORMS[specification.name].prefix),
        replace(good, prefix=b"\x01" + good.prefix),
        replace(good, prefix=good.prefix + b"\x20"),
        replace(good, suffix=good.suffix[1:]),
        replace(good, suffix=good.suffix + b"\x00"),
        replace(good, suffix=good.suffix * 2),
        replace(good, suffix=b""),
        replace(path_of(specification, [False])[0], prefix=b"\x20" * 34),
        replace(path_of(specification, [False])[0], suffix=good.suffix),
    ):
        refused = found(specification, [step])
        assert isinstance(refused, Unproved), step
        assert refused.pitfall


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\x04\x02",  # height 0, a leaf's
        b"\x02\x02\x02",  # size 1, a leaf's
        b"\x03\x04\x02",  # a negative height
        b"\x02\x04\x01",  # a negative version
        b"\x02\x04\x02\x82",  # three numbers and a piece of one
        b"\x02\x04",  # two numbers
        b"\x02\x04\x02\x02",  # four numbers
        b"\x82\x00\x04\x02",  # longer than the number needs
        b"\x02\x04\x82",  # cut off
        b"\xfe" * 11 + b"\x01\x04\x02",  # longer than any number
        b"\xfe" * 9 + b"\x7f\x04\x02",  # wider than 64 bits
    ],
)
def test_a_head_that_iavl_does_not_write_is_a_pitfall(head: bytes) -> None:
    refused = found(IAVL, [Step("sha256", head + b"\x20", b"\x20" + b"s" * 32)])
    assert isinstance(refused, Unproved)
    assert refused.pitfall


@pytest.mark.parametrize("prefix", [b"\x02\x02\x06", b"\x00\x04\x06", b"\x00\x02", b"\x00\x02\x06\x06"])
def test_a_leaf_of_iavl_has_height_0_size_1_and_a_version(prefix: bytes) -> None:
    refused = existence_root(IAVL, KEY, VALUE, replace(FORMS[IAVL.name], prefix=prefix), [])
    assert isinstance(refused, Unproved)
    assert refused.pitfall


def test_heights_and_sizes_of_iavl_grow_from_step_to_step() -> None:
    low, high = path_of(IAVL, [True, True])
    assert isinstance(found(IAVL, [low, high]), bytes)
    for path in ([high, low], [low, low], [low, replace(high, prefix=high.prefix[:1] + low.prefix[1:])]):
        assert isinstance(found(IAVL, path), Unproved)


@every_specification
@pytest.mark.parametrize("missing", ["key", "value"])
def test_an_empty_key_or_value_is_refused(specification: Specification, missing: str) -> None:
    assert isinstance(found(specification, [], **{missing: b""}), Unproved)


def test_a_path_is_as_long_as_the_deepest_tree_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    for specification in (TENDERMINT, SPARSE):
        path = path_of(specification, [True] * 3) * 200
        assert isinstance(found(specification, path[: specification.most_steps]), bytes)
        refused = found(specification, path[: specification.most_steps + 1])
        assert isinstance(refused, Unproved)
        assert refused.pitfall
