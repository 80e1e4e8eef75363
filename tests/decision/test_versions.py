"""The split between versions: exact, sticky, monotone, uncorrelated, and not to be steered by whoever chooses ids."""

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.decision.versions import (
    SLOTS,
    Split,
    Version,
    VersionsError,
    read_versions,
    slot_of,
)

SECRET = bytes(range(16))
CANARIES = ("next", "after next", "last")
weights = st.integers(0, SLOTS)
changes = st.lists(st.tuples(st.sampled_from(CANARIES), weights), max_size=6)


def split_of(*canaries: Version, secret: bytes = SECRET) -> Split:
    return Split(Version("now", ("a:1",)), canaries or tuple(Version(name) for name in CANARIES), secret)


def owners(split: Split) -> dict[int, str]:
    """Who owns each slot."""
    owned = {slot: version.name for version in split.others for slot in version.slots}
    return {slot: owned.get(slot, split.stable.name) for slot in range(SLOTS)}


def after(split: Split, made: list[tuple[str, int]]) -> Split:
    """The split after some changes; one that stable cannot serve changes nothing."""
    for name, weight in made:
        try:
            split = split.with_weight(name, weight)
        except VersionsError:
            continue
    return split


@given(changes)
def test_every_canary_has_exactly_its_weight_and_no_slot_has_two_owners(made: list[tuple[str, int]]) -> None:
    split = after(split_of(), made)
    counted = Counter(owners(split).values())
    assert all(counted[version.name] == version.weight for version in split.others)
    assert counted["now"] == SLOTS - sum(version.weight for version in split.others)


@given(changes, st.sampled_from(CANARIES), weights)
def test_raising_takes_slots_from_stable_only_and_lowering_gives_them_back(
    made: list[tuple[str, int]], name: str, weight: int
) -> None:
    before = after(split_of(), made)
    changed = after(before, [(name, weight)])
    moved = {
        (old, new) for old, new in zip(owners(before).values(), owners(changed).values(), strict=True) if old != new
    }
    assert moved <= {("now", name)} or moved <= {(name, "now")}


@given(st.integers(0, SLOTS), st.integers(0, SLOTS))
def test_a_weight_that_stable_cannot_give_is_refused(first: int, second: int) -> None:
    split = split_of().with_weight("next", first)
    if first + second > SLOTS:
        with pytest.raises(VersionsError, match="cannot have"):
            split.with_weight("last", second)
    else:
        assert {version.weight for version in split.with_weight("last", second).others} == {first, 0, second}


@given(st.text(), st.text())
def test_the_same_client_and_id_always_belong_to_the_same_version(client: str, transaction_id: str) -> None:
    split = split_of(Version("next", slots=frozenset(range(500))))
    assigned = {split.assigned(client, transaction_id) for _ in range(3)}
    expected = "next" if slot_of(SECRET, client, transaction_id) < 500 else "now"
    assert assigned == {expected}


def test_a_share_of_the_slots_is_that_share_of_the_ids() -> None:
    split = split_of(Version("next", slots=frozenset(range(250))))
    counted = Counter(split.assigned("shop", f"tx-{number}") for number in range(8_000))
    assert 1_850 <= counted["next"] <= 2_150, "eight standard deviations are 310"


def test_two_experts_split_without_regard_to_each_other() -> None:
    one, other = (split_of(Version("next", slots=frozenset(range(500))), secret=bytes([n]) * 16) for n in (1, 2))
    ids = [f"tx-{number}" for number in range(4_000)]
    both = sum(one.assigned("", each) == other.assigned("", each) == "next" for each in ids)
    assert 850 <= both <= 1_150, "a quarter is 1000; were the splits one, it were 2000"


def test_a_client_is_no_part_of_the_id() -> None:
    assert slot_of(SECRET, "a", "bc") != slot_of(SECRET, "ab", "c")
    assert slot_of(SECRET, "1:a", "b") != slot_of(SECRET, "1", ":ab")


def test_the_slot_is_the_one_of_the_design() -> None:
    assert slot_of(b"secret", "shop", "tx-1") == 608, "the slots of ids must never change between releases"


def test_a_shadow_answers_nothing_and_is_sent_its_share() -> None:
    split = split_of(Version("next", slots=frozenset(range(SLOTS)), is_shadow=True))
    assert split.assigned("", "tx") == "now"
    assert split.shadows("", "tx") == ("next",)
    assert split.with_weight("next", 0).shadows("", "tx") == ()


def test_without_other_versions_stable_answers_and_no_secret_is_needed() -> None:
    assert Split(Version("only")).assigned("", "tx") == "only"
    assert Split(Version("only")).shadows("", "tx") == ()


TABLE = """
[z3]
secret = "000102030405060708090a0b0c0d0e0f"
[[z3.versions]]
name = "2.1"
addresses = ["z3:50051"]
[[z3.versions]]
name = "2.2"
addresses = ["canary:50051", "canary:50052"]
weight = 50
[[z3.versions]]
name = "2.3"
addresses = ["next:50051"]
weight = 3
slots = "10-11 500"
[[z3.versions]]
name = "3.0"
addresses = ["shadow:50051"]
weight = 1000
shadow = true
"""


def test_a_table_says_who_owns_which_slots() -> None:
    split = read_versions(TABLE.encode())["z3"]
    assert [version.name for version in split.versions] == ["2.1", "2.2", "2.3", "3.0"]
    canary, following, shadow = split.others
    assert following.slots == {10, 11, 500}
    assert canary.slots == {*range(10), *range(12, 52)}
    assert (canary.addresses, shadow.is_shadow, shadow.weight) == (("canary:50051", "canary:50052"), True, SLOTS)
    assert split.secret == SECRET
    assert "\\x01" not in repr(split), "a secret is never shown"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[z3]", "[z3", "the table is no TOML"),
        ("secret =", "secrets =", "`z3.secrets` is not known"),
        ('"000102030405060708090a0b0c0d0e0f"', '"0001"', "`z3.secret` is no secret"),
        ("000102030405060708090a0b0c0d0e0f", "g" * 32, "`z3.secret` is no secret"),
        ('name = "2.2"', 'name = "2.1"', "two versions have one name"),
        ('name = "2.2"', "name = 2.2", "`z3.versions[1].name` is no name"),
        ('addresses = ["z3:50051"]', "addresses = []", "`z3.versions[0].addresses` is no list"),
        ("weight = 50", "weight = 1001", "`z3.versions[1].weight` is no weight"),
        ("weight = 50", "weight = true", "`z3.versions[1].weight` is no weight"),
        ("weight = 50", "weight = 998", "cannot have 998 of 1000 slots"),
        ("weight = 50", "", "`z3` has 2 versions without a weight"),
        ("weight = 3", "weight = 4", "`2.3` names 3 slots and has the weight 4"),
        ("shadow = true", "shadow = 1", "`z3.versions[3].shadow` is neither"),
        ("10-11 500", "10-11 11", "names a slot twice"),
        ("10-11 500", "11-10", "holds a part that is no range"),
        ("10-11 500", "10- 1 2", "holds a part that is no range"),
        ("10-11 500", "998-1000", "holds a part that is no range"),
        ("weight = 50", 'weight = 3\nslots = "9-11"', "a slot belongs to two versions"),
    ],
)
def test_a_table_that_can_be_misread_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    assert old in TABLE
    with pytest.raises(VersionsError) as refused:
        read_versions(TABLE.replace(old, new, 1).encode())
    assert said in str(refused.value)
    assert "0001" not in str(refused.value), "a secret is never shown"


def test_only_stable_may_own_what_is_left() -> None:
    with pytest.raises(VersionsError, match="names slots of the stable version"):
        read_versions(TABLE.replace('["z3:50051"]', '["z3:50051"]\nslots = "1"').encode())


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with suppress(VersionsError):
        read_versions(content)
