"""G24 to G28 as the Guardian answers them: which check speaks, from which root, and what is left open or assumed."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

import pytest

from aethel.ledger.merkle import BITCOIN, RFC6962, Scheme
from aethel.ledger.merkle_checks import CODES, PROOF_PARTS
from aethel.ledger.merkle_reading import CONTENT_BYTES
from aethel.request import Context, Question
from aethel.transaction import AmountText, MerkleProof, PathStep, TouchedLeaf, Transaction, TreeRoot
from aethel.verdict import ExpertVerdict, Outcome, Vote
from aethel.wire.rows import read_row
from tests.decision.intents import PAYMENT
from tests.documents import blocks
from tests.ledger.entries import DEADLINE_MS, GUARDIAN, entry, leg
from tests.ledger.test_merkle import flipped
from tests.ledger.trees import (
    SCHEMES,
    consistency,
    inclusion,
    inclusion_path,
    leaf_hash,
    leaves_of,
    node_hash,
    tree_root,
    update,
)
from tests.tools import REPOSITORY

ASSERTED = "a root is as the caller gave it with the proof"
HASHED = "a leaf is what the hash given for it stands for"
LEAVES = leaves_of(RFC6962, 7)
ROOT = tree_root(RFC6962, LEAVES)
PINNED = TreeRoot(RFC6962.name, "7", ROOT.hex())
INCLUSION = inclusion(RFC6962, 3, LEAVES)
CONSISTENCY = consistency(5, LEAVES)
UPDATE = update(RFC6962, {1: b"n" * 32, 4: b"m" * 32}, LEAVES)
HEX = "ab" * 32


def judged(transaction: Transaction, *roots: TreeRoot, proofs: tuple[MerkleProof, ...] = ()) -> ExpertVerdict:
    question = Question("t", transaction=transaction, context=Context(proofs=proofs, roots=roots))
    return GUARDIAN.verify(question, DEADLINE_MS)


def with_fields(proof: MerkleProof, changes: Mapping[str, str | None]) -> MerkleProof:
    """The proof with fields replaced, added, or left out where the value is None."""
    fields: dict[str, str | None] = {**dict(proof.fields), **changes}
    return replace(proof, fields=tuple((name, value) for name, value in fields.items() if value is not None))


def codes(found: ExpertVerdict) -> list[str]:
    return [finding.code for finding in found.findings]


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        (INCLUSION, "G25"),
        (inclusion(BITCOIN, 4, leaves_of(BITCOIN, 5)), "G25"),
        (CONSISTENCY, "G26"),
        (UPDATE, "G28"),
        (update(BITCOIN, {4: b"n" * 32}, leaves_of(BITCOIN, 5)), "G28"),
    ],
    ids=lambda one: f"{one.scheme} {one.op}" if isinstance(one, MerkleProof) else one,
)
def test_a_proof_that_holds_is_approved_by_its_check_and_the_absent_ones_are_listed(
    proof: MerkleProof, code: str
) -> None:
    found = judged(proof)
    assert found.verdict is Vote.APPROVE
    assert [(result.id, result.outcome) for result in found.obligations] == [
        (each, Outcome.PROVED) for each in sorted((code, "G27"))
    ]
    assert found.not_applicable == tuple(each for each in CODES if each not in (code, "G27"))
    assert ASSERTED in found.assumptions


def test_a_finding_shows_what_was_computed_and_what_was_expected() -> None:
    (finding,) = judged(with_fields(INCLUSION, {"root": HEX})).findings
    assert finding.numbers == (("computed", ROOT.hex()), ("root", HEX))
    assert HEX in finding.message


@pytest.mark.parametrize(("proof", "code"), [(INCLUSION, "G25"), (CONSISTENCY, "G26"), (UPDATE, "G28")])
@pytest.mark.parametrize("change", ["flipped", "missing", "extra", "empty", "capitals"])
def test_a_wrong_path_is_refused_by_the_check_of_the_proof(proof: MerkleProof, code: str, change: str) -> None:
    first = proof.proof[0]
    path = {
        "flipped": (flipped(bytes.fromhex(first), 0).hex(), *proof.proof[1:]),
        "missing": proof.proof[1:],
        "extra": (*proof.proof, first),
        "empty": ("", *proof.proof[1:]),
        "capitals": (first.upper(), *proof.proof[1:]),
    }[change]
    found = judged(replace(proof, proof=path))
    assert (found.verdict, codes(found)) == (Vote.REJECT, [code])


@pytest.mark.parametrize(
    ("proof", "changes", "code", "message"),
    [
        (INCLUSION, {"leaf_index": "7"}, "G25", "the leaf index is 7, expected less than the tree size, 7"),
        (INCLUSION, {"leaf_index": str(2**64)}, "G25", "expected less than the tree size"),
        (INCLUSION, {"leaf_index": "-1"}, "G25", "`leaf_index`: `-1` has a sign `-` at position 1"),
        (INCLUSION, {"tree_size": "0"}, "G25", "the leaf index is 3, expected less than the tree size, 0"),
        (INCLUSION, {"tree_size": "9" * 100_000}, "G25", "has too many digits"),
        (INCLUSION, {"tree_size": str(2**64)}, "G27", f"expected at most {2**64 - 1} under `rfc6962-sha256`"),
        (INCLUSION, {"leaf_index": None}, "G25", "`leaf_index` is missing"),
        (INCLUSION, {"leaf_hash": None}, "G25", "`leaf_hash` is missing"),
        (INCLUSION, {"root": None}, "G25", "no root is given"),
        (INCLUSION, {"leaf": "abc"}, "G25", "expected lower-case hexadecimal digits in pairs"),
        (INCLUSION, {"leaf": "00" * (CONTENT_BYTES + 1)}, "G25", f"expected at most {2 * CONTENT_BYTES}"),
        (INCLUSION, {"size1": "1"}, "G25", "`size1` is no field of an inclusion proof"),
        (CONSISTENCY, {"size1": "0"}, "G26", "expected 0 < size1 <= size2"),
        (CONSISTENCY, {"size1": "8"}, "G26", "expected 0 < size1 <= size2"),
        (CONSISTENCY, {"size2": str(2**64)}, "G27", "expected at most"),
        (CONSISTENCY, {"root2": None}, "G26", "`root2` is missing"),
        (CONSISTENCY, {"root1": HEX}, "G26", "expected the root1"),
        (CONSISTENCY, {"root2": HEX}, "G26", "expected the root2"),
        (UPDATE, {"tree_size": str(2**64)}, "G27", "expected at most"),
        (UPDATE, {"post_root": ROOT.hex()}, "G28", "expected the post_root"),
        (UPDATE, {"root": HEX}, "G28", "expected the root"),
    ],
)
def test_a_field_that_is_wrong_is_refused_with_a_sentence(
    proof: MerkleProof, changes: dict[str, str | None], code: str, message: str
) -> None:
    found = judged(with_fields(proof, changes))
    assert (found.verdict, found.code) == (Vote.REJECT, code)
    assert message in found.reason


@pytest.mark.parametrize(
    "proof",
    [
        replace(INCLUSION, fields=(*INCLUSION.fields, ("root", ROOT.hex()))),
        replace(INCLUSION, leaves=(TouchedLeaf("1", HEX, HEX),)),
        replace(CONSISTENCY, path=(PathStep("sha256", "01", HEX),)),
        replace(UPDATE, leaves=()),
        replace(UPDATE, leaves=UPDATE.leaves[::-1]),
        replace(UPDATE, leaves=(*UPDATE.leaves, TouchedLeaf("7", HEX, HEX))),
    ],
)
def test_a_proof_with_more_or_less_than_belongs_in_it_is_refused(proof: MerkleProof) -> None:
    assert judged(proof).verdict is Vote.REJECT


@pytest.mark.parametrize("proof", [INCLUSION, UPDATE], ids=lambda proof: proof.op)
@pytest.mark.parametrize("named", [True, False])
def test_a_proof_from_a_trusted_root_is_bound_to_it(proof: MerkleProof, *, named: bool) -> None:
    found = judged(proof if named else with_fields(proof, {"root": None}), PINNED)
    assert found.verdict is Vote.APPROVE
    assert "G24" in [result.id for result in found.obligations]
    assert ("trusted root", f"`rfc6962-sha256` 7 {ROOT.hex()}") in found.proof_trace
    assert ASSERTED not in found.assumptions


def test_a_tree_continues_the_one_that_is_trusted() -> None:
    older = TreeRoot(RFC6962.name, "5", tree_root(RFC6962, LEAVES[:5]).hex())
    assert judged(CONSISTENCY, older).verdict is Vote.APPROVE
    assert judged(with_fields(CONSISTENCY, {"root1": None}), older, PINNED).verdict is Vote.APPROVE
    found = judged(CONSISTENCY, PINNED)
    assert (found.verdict, found.code) == (Vote.REJECT, "G26")


def test_a_tree_that_differs_from_a_trusted_one_of_its_size_is_a_fork() -> None:
    older = TreeRoot(RFC6962.name, "5", tree_root(RFC6962, LEAVES[:5]).hex())
    found = judged(CONSISTENCY, older, replace(PINNED, root=HEX))
    assert (found.verdict, found.code) == (Vote.REJECT, "G26")
    assert "another root is trusted for the tree of 7 leaves" in found.reason


@pytest.mark.parametrize(
    ("roots", "code", "message"),
    [
        ((replace(PINNED, root=HEX),), "G25", "the root is not trusted: 1 trusted root is of such a tree of 7 leaves"),
        ((replace(PINNED, size="8"),), "G25", "the root is trusted for 8 leaves, the proof is about 7"),
        ((replace(PINNED, size=""),), "G25", "the root is trusted for any number of leaves, the proof is about 7"),
        ((replace(PINNED, scheme=BITCOIN.name),), "G27", "the root is pinned to `bitcoin-dsha256`"),
        ((PINNED, replace(PINNED, root="")), "G24", "`roots[1].root`: `` is no hash"),
        ((PINNED, replace(PINNED, size="07", root=HEX)), "G24", "`roots[1].size`: `07` has a leading zero"),
        ((PINNED, replace(PINNED, root=HEX)), "G24", "two roots are trusted for one tree of 7 leaves"),
    ],
)
def test_no_root_is_taken_from_the_proof_where_any_is_trusted(
    roots: tuple[TreeRoot, ...], code: str, message: str
) -> None:
    found = judged(INCLUSION, *roots)
    assert (found.verdict, found.code) == (Vote.REJECT, code)
    assert message in found.reason


def test_a_proof_without_a_root_needs_exactly_one_trusted_root_of_its_tree() -> None:
    bare = with_fields(INCLUSION, {"root": None})
    assert judged(bare, PINNED, replace(PINNED, size="8", root=HEX)).verdict is Vote.APPROVE
    assert judged(bare, replace(PINNED, size="8")).code == "G25"


def test_a_value_without_a_root_needs_exactly_one_trusted_root_of_its_scheme() -> None:
    leaf = b"\x00\x01k\x20" + sha256(b"v").digest()
    form = {"hash": "sha256", "prehash_key": "none", "prehash_value": "sha256", "length": "1", "prefix": "00"}
    fields = {"key": b"k".hex(), "value": b"v".hex()} | {f"leaf.{name}": way for name, way in form.items()}
    proof = MerkleProof("ics23-tendermint", "existence", tuple(fields.items()))
    root, other = (TreeRoot("ics23-tendermint", "", text) for text in (sha256(leaf).hexdigest(), HEX))
    assert judged(proof, root).verdict is Vote.APPROVE
    assert judged(with_fields(proof, {"root": root.root}), root, other).verdict is Vote.APPROVE
    found = judged(proof, root, other)
    assert (found.verdict, found.code) == (Vote.REJECT, "G25")
    assert "2 trusted roots are of such a tree, expected one to start from" in found.reason


@pytest.mark.parametrize("size", [6, 8])
def test_a_size_that_the_path_alone_does_not_betray_is_caught_by_the_trusted_root(size: int) -> None:
    proof = inclusion(RFC6962, 0, leaves_of(RFC6962, 7))
    lied = with_fields(proof, {"tree_size": str(size)})
    assert judged(lied).verdict is Vote.APPROVE
    assert judged(lied, TreeRoot(RFC6962.name, "7", dict(proof.fields)["root"])).code == "G25"


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_the_bytes_of_a_leaf_are_hashed_as_the_scheme_says(scheme: Scheme) -> None:
    content = b"account 7: 12.50 EUR"
    leaves = [leaf_hash(scheme, content), *leaves_of(scheme, 4)]
    proof = with_fields(inclusion(scheme, 0, leaves), {"leaf": content.hex()})
    assert judged(proof).verdict is Vote.APPROVE
    assert HASHED not in judged(proof).assumptions
    assert judged(with_fields(proof, {"leaf_hash": None})).verdict is Vote.APPROVE
    assert judged(with_fields(proof, {"leaf": b"account 7: 12.5 EUR".hex()})).code == "G27"
    assert HASHED in judged(with_fields(proof, {"leaf": None})).assumptions


def test_a_node_taken_for_a_leaf_is_refused_in_trees_that_do_not_tell_them_apart() -> None:
    leaves = leaves_of(BITCOIN, 8)
    pairs = [left + right for left, right in zip(leaves[::2], leaves[1::2], strict=True)]
    nodes = [leaf_hash(BITCOIN, pair) for pair in pairs]
    assert tree_root(BITCOIN, nodes) == tree_root(BITCOIN, leaves)
    found = judged(with_fields(inclusion(BITCOIN, 1, nodes), {"leaf": pairs[1].hex()}))
    assert (found.verdict, found.code) == (Vote.REJECT, "G27")
    assert "CVE-2017-12842" in found.reason
    fixed = TreeRoot(BITCOIN.name, "8", tree_root(BITCOIN, leaves).hex())
    assert judged(inclusion(BITCOIN, 1, nodes), fixed).code == "G25"


def test_a_node_taken_for_a_leaf_is_another_hash_where_leaves_have_a_prefix() -> None:
    leaves = leaves_of(RFC6962, 2)
    node = node_hash(RFC6962, *leaves)
    proof = MerkleProof(
        RFC6962.name,
        "inclusion",
        (("leaf_index", "0"), ("tree_size", "1"), ("leaf", (leaves[0] + leaves[1]).hex()), ("root", node.hex())),
    )
    assert judged(proof).code == "G25"


def test_a_duplicated_last_leaf_is_named() -> None:
    leaves = leaves_of(BITCOIN, 3)
    found = judged(inclusion(BITCOIN, 3, [*leaves, leaves[2]]))
    assert (found.verdict, found.code) == (Vote.REJECT, "G27")
    assert "CVE-2012-2459" in found.reason


def test_twins_on_a_path_that_leads_elsewhere_are_just_a_wrong_path() -> None:
    leaves = leaves_of(BITCOIN, 4)
    proof = with_fields(inclusion(BITCOIN, 0, leaves), {"leaf_hash": leaves[1].hex()})
    assert inclusion_path(BITCOIN, 0, leaves)[0] == leaves[1]
    assert judged(proof).code == "G25"


def test_the_proofs_of_a_context_are_judged_beside_the_transaction() -> None:
    balanced = entry(leg("a", "1"), leg("b", "-1"))
    found = judged(balanced, proofs=(INCLUSION, CONSISTENCY))
    assert found.verdict is Vote.APPROVE
    assert {"G07", "G25", "G26", "G27"} <= {result.id for result in found.obligations}
    wrong = judged(balanced, proofs=(INCLUSION, with_fields(INCLUSION, {"root": HEX})))
    assert (wrong.verdict, wrong.code) == (Vote.REJECT, "G25")
    assert wrong.reason.startswith("proofs[1]: the path leads to")
    unbalanced = judged(entry(leg("a", "1"), leg("b", "-2")), proofs=(with_fields(INCLUSION, {"root": HEX}),))
    assert codes(unbalanced) == ["G07", "G25"]


def test_a_transaction_without_proofs_lists_their_checks_as_not_applicable() -> None:
    assert judged(AmountText("1")).not_applicable == CODES


def test_the_proofs_of_a_context_are_judged_beside_an_intent() -> None:
    def asked(proof: MerkleProof) -> ExpertVerdict:
        context = Context({"payer_balance": "9", "payee_balance": "0"}, proofs=(proof,), roots=(PINNED,))
        return GUARDIAN.verify(Question("t", intent_text=PAYMENT, context=context), DEADLINE_MS)

    found = asked(INCLUSION)
    assert found.verdict is Vote.APPROVE
    names = [result.id for result in found.obligations]
    assert names[-3:] == ["G24", "G25", "G27"]
    assert names[0].startswith("conserved")
    assert found.program_digest != ""
    wrong = asked(with_fields(INCLUSION, {"leaf_index": "4"}))
    assert (wrong.verdict, wrong.code) == (Vote.REJECT, "G25")


def test_every_obligation_stands_once_however_many_proofs_there_are() -> None:
    found = judged(INCLUSION, proofs=(INCLUSION, UPDATE, CONSISTENCY, INCLUSION))
    names = [result.id for result in found.obligations]
    assert names == ["G25", "G26", "G27", "G28"]
    assert found.verdict is Vote.APPROVE


def test_a_proof_that_no_check_covers_leaves_its_obligation_open_beside_others() -> None:
    unknown = replace(INCLUSION, scheme="keccak256")
    found = judged(INCLUSION, proofs=(unknown,))
    assert found.verdict is Vote.ABSTAIN
    assert {result.id: result.outcome for result in found.obligations} == {
        "G25": Outcome.UNMODELLED,
        "G27": Outcome.PROVED,
    }
    refuted = judged(with_fields(INCLUSION, {"root": HEX}), proofs=(unknown,))
    assert (refuted.verdict, refuted.code) == (Vote.REJECT, "G25")
    assert [(result.id, result.outcome) for result in refuted.obligations] == [("G25", Outcome.REFUTED)]


def test_trusted_roots_alone_prove_nothing_but_that_they_are_some() -> None:
    found = judged(AmountText("1"), PINNED)
    assert [result.id for result in found.obligations] == ["G04", "G24"]


def test_the_example_of_the_document_is_approved() -> None:
    (example,) = [block for block in blocks(REPOSITORY / "docs" / "guardian.md") if block.words == ("json",)]
    found = GUARDIAN.verify(read_row("\n".join(example.lines).encode()), DEADLINE_MS)
    assert found.verdict is Vote.APPROVE
    assert found.assumptions == ()


def test_more_than_can_be_hashed_in_time_is_refused_unread() -> None:
    huge = replace(UPDATE, proof=(HEX,) * PROOF_PARTS)
    found = judged(huge)
    assert (found.verdict, found.code) == (Vote.REJECT, "TOO_LARGE")
    assert found.not_applicable == CODES
    many = judged(AmountText("1"), proofs=(INCLUSION,) * (PROOF_PARTS // 8 + 1))
    assert many.code == "TOO_LARGE"
