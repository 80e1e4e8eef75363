"""The tree over a batch is that of RFC 9162: every path leads to the root, by the checker of proofs too."""

import pytest

from aethel.audit.tree import inclusion_path, tree_root
from aethel.ledger.merkle import RFC6962, inclusion_root

LEAVES = tuple(bytes([number]) * 32 for number in range(70))

RFC6962_LEAVES = tuple(
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
)
RFC6962_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
"""The tree of eight leaves that implementations of RFC 6962 are tested with."""


def test_the_published_tree_has_its_root() -> None:
    assert tree_root(RFC6962_LEAVES).hex() == RFC6962_ROOT


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 64, 70])
def test_every_path_leads_to_the_root(size: int) -> None:
    leaves = LEAVES[:size]
    for index, leaf in enumerate(leaves):
        path = inclusion_path(leaves, index)
        assert inclusion_root(RFC6962, RFC6962.leaf(leaf), index, size, path) == tree_root(leaves)
