"""Proofs: found again by other texts of the same program, and bounded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest

from aethel.intent.obligations import obligations
from aethel.intent.program import IntentFile
from aethel.intent.reading import read
from aethel.intent.skeleton import lift
from aethel.prover.store import Bounds, Counters, Proof, ProofStore, Proved, is_lifted, keys_of, proof_of, results_of
from aethel.verdict import Evidence, ObligationResult, Outcome
from tests.fuzz.generator import generate
from tests.fuzz.printing import Style, print_file
from tests.intent.readings import intent, reading
from tests.prover.asking import PAY
from tests.prover.proving import VERSION, proved

POSTS = intent(
    "a: Account, b: Account, amount: Balance",
    "amount > 0; old_a_balance >= amount;",
    "a_balance <= old_a_balance; b_balance >= old_b_balance; a_balance < old_a_balance;",
    "transfer(a, b, amount);",
)


def proof(digest: str, *, version: str = VERSION, certificate: bytes = b"") -> Proof:
    """A proof of some digest."""
    return Proof(digest, version, (Proved("k", Evidence.CERTIFIED),), certificate)


def test_a_proof_is_told_to_a_renamed_and_reordered_text_in_its_own_words() -> None:
    reordered = intent(
        "from: Account, to: Account, n: Balance",
        "old_from_balance >= n; n > 0;",
        "from_balance < old_from_balance; to_balance >= old_to_balance; from_balance <= old_from_balance;",
        "transfer(from, to, n);",
    )
    first, other = reading(POSTS).file, reading(reordered).file
    assert first is not None
    assert other is not None
    marked = [replace(result, work=0) for result in results(POSTS)]
    marked = [replace(each, evidence=Evidence.CERTIFIED) if each.id == "post.3" else each for each in marked]
    made = proof_of(first, marked, VERSION)
    assert made is not None
    told = results_of(made, other)
    assert told is not None
    assert [each.id for each in told] == [each.id for each in obligations(other)]
    assert [each.span for each in told] == [each.span for each in obligations(other)]
    assert [each.id for each in told if each.evidence is Evidence.CERTIFIED] == ["post.1"]
    assert "solvent.from_balance" in {each.id for each in told}


def results(text: str) -> list[ObligationResult]:
    """All obligations of a text as proved by one solver."""
    file = reading(text).file
    assert file is not None
    return [ObligationResult(each.id, Outcome.PROVED, Evidence.SINGLE_SOLVER) for each in obligations(file)]


def test_texts_of_one_digest_have_the_same_obligations() -> None:
    compared = 0
    for seed in range(80):
        case = generate(seed)
        if case.file is None:
            continue
        first = reading_or_none(case.text)
        for other_seed in range(2):
            other = reading_or_none(print_file(case.file, Style(Random(other_seed))))
            if first is None or other is None or first.digest != other.digest:
                continue
            compared += 1
            assert {key for _, key in keys_of(first)} == {key for _, key in keys_of(other)}
    assert compared > 50


def reading_or_none(text: str) -> IntentFile | None:
    return read(text.encode()).file


def test_obligations_of_one_key_are_one_question() -> None:
    text = POSTS.replace("b_balance >= old_b_balance", "a_balance <= old_a_balance")
    file = reading(text).file
    assert file is not None
    keys = {each.id: key for each, key in keys_of(file)}
    assert keys["post.1"] == keys["post.2"]
    assert len({keys[name] for name in ("post.1", "post.3", "solvent.a_balance", "solvent.b_balance")}) == 4


def test_the_weakest_evidence_counts_for_obligations_of_one_key() -> None:
    text = POSTS.replace("b_balance >= old_b_balance", "a_balance <= old_a_balance")
    file = reading(text).file
    assert file is not None
    mixed = [replace(each, evidence=Evidence.CERTIFIED) if each.id == "post.1" else each for each in results(text)]
    made = proof_of(file, mixed, VERSION)
    assert made is not None
    told = results_of(made, file)
    assert told is not None
    assert {each.evidence for each in told} == {Evidence.SINGLE_SOLVER}


def test_a_proof_is_of_its_own_digest_only() -> None:
    other = reading(PAY.replace("amount > 0", "amount > 1")).file
    assert other is not None
    made = proved(PAY)
    assert results_of(made, other) is None
    assert results_of(replace(made, digest=other.digest), other) is None


@pytest.mark.parametrize("outcome", [found for found in Outcome if found is not Outcome.PROVED])
def test_what_is_not_proved_throughout_is_no_proof(outcome: Outcome) -> None:
    file = reading(PAY).file
    assert file is not None
    found = results(PAY)
    assert proof_of(file, found, VERSION) is not None
    assert proof_of(file, [*found[:-1], replace(found[-1], outcome=outcome)], VERSION) is None


def test_a_missing_result_and_one_without_evidence_are_no_proof() -> None:
    file = reading(PAY).file
    assert file is not None
    found = results(PAY)
    assert proof_of(file, found[:-1], VERSION) is None
    assert proof_of(file, [*found[:-1], replace(found[-1], evidence=Evidence.NONE)], VERSION) is None


def test_the_proof_of_a_skeleton_leaves_out_that_an_execution_is_admitted() -> None:
    skeleton = lift(reading(PAY.replace("amount > 0", "amount > 10")))
    assert skeleton is not None
    assert is_lifted(skeleton.file)
    assert {"non_vacuous", "consistent"}.isdisjoint(each.id for each, _ in keys_of(skeleton.file))


def test_a_proof_is_found_by_digest_and_version() -> None:
    store = ProofStore()
    store.put(proof("d"), "client")
    assert store.get("d", VERSION) == proof("d")
    assert store.get("d", "expert 2") is None
    assert store.get("e", VERSION) is None
    assert store.counters == Counters(hits=1, misses=2, evictions=0)


def test_the_least_recently_used_proof_goes_first() -> None:
    store = ProofStore(Bounds(proofs=2))
    for digest in ("a", "b"):
        store.put(proof(digest), "client")
    store.get("a", VERSION)
    store.put(proof("c"), "client")
    assert [store.get(digest, VERSION) is None for digest in "abc"] == [False, True, False]
    assert store.counters.evictions == 1


def test_a_client_over_its_quota_loses_its_own_proofs() -> None:
    store = ProofStore(Bounds(proofs=100, proofs_per_client=2))
    store.put(proof("mine"), "me")
    for number in range(10):
        store.put(proof(f"d{number}"), "flooder")
    assert store.get("mine", VERSION) is not None
    assert len(store) == 3
    assert store.get("d9", VERSION) is not None


def test_a_proof_put_in_again_stays_on_the_first_clients_quota() -> None:
    store = ProofStore(Bounds(proofs_per_client=1))
    store.put(proof("a"), "first")
    store.put(proof("a", certificate=b"c"), "second")
    store.put(proof("b"), "second")
    assert [store.get(digest, VERSION) is None for digest in "ab"] == [False, False]
    assert store.get("a", VERSION) == proof("a", certificate=b"c")


def test_a_store_is_bounded_in_bytes() -> None:
    store = ProofStore(Bounds(total_bytes=10_000))
    for number in range(10):
        assert store.put(proof(f"d{number}", certificate=b"x" * 3000), "client")
    assert len(store) == 2
    assert not store.put(proof("large", certificate=b"x" * 10_000), "client")


def test_a_disagreement_evicts_a_digest_under_all_versions() -> None:
    store = ProofStore()
    for version in ("1", "2"):
        store.put(proof("d", version=version), "client")
        store.put(proof("e", version=version), "client")
    assert store.evict("d") == 2
    assert store.evict("d") == 0
    assert store.get("d", "1") is None
    assert store.get("e", "2") is not None


def test_the_proofs_of_one_version_are_listed_for_replay() -> None:
    store = ProofStore()
    for digest, version in (("a", "1"), ("b", "2"), ("c", "1")):
        store.put(proof(digest, version=version), "client")
    assert [each.digest for each in store.proofs("1")] == ["a", "c"]


def test_a_store_keeps_its_bounds_in_many_threads() -> None:
    store = ProofStore(Bounds(proofs=20, proofs_per_client=7))

    def work(client: int) -> None:
        for number in range(300):
            store.put(proof(f"{client}.{number % 30}"), str(client))
            store.get(f"{(client + 1) % 4}.{number % 30}", VERSION)
            if number % 50 == 0:
                store.evict(f"{client}.{number % 30}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(store) <= 20
    assert store.counters.hits + store.counters.misses == 1200
