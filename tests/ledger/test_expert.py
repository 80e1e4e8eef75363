"""The Guardian as an expert: one contract for every question, and an answer that says which code gave it."""

import ast
from pathlib import Path

import pytest

import aethel.ledger
from aethel.ledger import expert
from aethel.ledger.checked import Judgement
from aethel.ledger.expert import GuardianExpert
from aethel.request import Expert, Question
from aethel.transaction import AmountText, DoubleEntry, MerkleProof, PathStep, TouchedLeaf, Transaction, Unsupported
from aethel.verdict import GUARDIAN_EXPERT, Evidence, ExpertVerdict, ObligationResult, Outcome, Vote
from tests.ledger.entries import GUARDIAN, entry, leg, verdict, verdict_on

PACKAGE = Path(aethel.ledger.__file__).parent


def test_the_guardian_is_an_expert_under_its_name() -> None:
    guardian: Expert = GuardianExpert()
    assert guardian.name == GUARDIAN_EXPERT
    assert verdict(AmountText("1")).expert_name == GUARDIAN_EXPERT


def test_the_version_is_a_digest_of_every_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in PACKAGE.glob("*.py"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    monkeypatch.setattr(expert, "files", lambda _: tmp_path)
    assert GuardianExpert().version == GUARDIAN.version == verdict(AmountText("1")).version
    for source in tmp_path.iterdir():
        content = source.read_bytes()
        source.write_bytes(content[:-2] + b"#" + content[-1:])
        assert GuardianExpert().version != GUARDIAN.version
        source.write_bytes(content)


def test_the_same_question_gets_the_same_verdict() -> None:
    transaction = entry(leg("a", "1"), leg("b", "-2"))
    assert verdict(transaction) == GuardianExpert().verify(Question("other", transaction=transaction), 9)


def test_a_decided_verdict_has_evaluated_evidence() -> None:
    for text in ("1", "one"):
        assert verdict(AmountText(text)).evidence is Evidence.EVALUATED
    assert verdict(AmountText("one")).code == "G04"


def test_a_refuted_obligation_rejects_without_a_finding() -> None:
    proved, refuted = ObligationResult("a", Outcome.PROVED), ObligationResult("b", Outcome.REFUTED)
    assert expert._vote(Judgement(obligations=(proved, refuted)), []) is Vote.REJECT


def test_nothing_checked_is_no_approval() -> None:
    assert expert._vote(Judgement(), []) is Vote.ABSTAIN


@pytest.mark.parametrize("deadline_ms", [0, -1, float("nan")])
def test_without_time_left_the_guardian_abstains(deadline_ms: float) -> None:
    found = GUARDIAN.verify(Question("t", transaction=AmountText("1")), deadline_ms)
    assert found.verdict is Vote.ABSTAIN
    assert found.evidence is Evidence.NONE
    assert [result.outcome for result in found.obligations] == [Outcome.BUDGET]


@pytest.mark.parametrize(
    ("transaction", "obligation", "named"),
    [
        (MerkleProof("keccak256", "inclusion"), "G25", "`keccak256`"),
        (MerkleProof("bitcoin-dsha256", "consistency"), "G26", "`consistency`"),
        (MerkleProof("ics23-iavl", "update"), "G28", "`update`"),
        (MerkleProof("rfc6962-sha256", "existence"), "G25", "`existence`"),
        (MerkleProof("rfc6962-sha256", ""), "G25", "``"),
        (Unsupported("ach_batch"), "transaction.understood", "`ach_batch`"),
    ],
)
def test_what_no_check_covers_is_never_approved(transaction: Transaction, obligation: str, named: str) -> None:
    found = verdict(transaction)
    assert found.verdict is Vote.ABSTAIN
    assert [(result.id, result.outcome) for result in found.obligations] == [(obligation, Outcome.UNMODELLED)]
    assert named in found.obligations[0].detail


HOSTILE = ("", "\0", "\ud800", "\u202e", "NaN", "-0", "1e999999999", "9" * 100, "'; drop table", "٣", "\U0001f4b8")
"""Texts that break what reads them carelessly."""


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_anywhere_makes_the_guardian_raise(text: str) -> None:
    found: list[ExpertVerdict] = [
        verdict(AmountText(text)),
        verdict(Unsupported(text)),
        verdict(MerkleProof(text, text)),
        verdict(MerkleProof("rfc6962-sha256", "update", ((text, text),), (text,), (TouchedLeaf(text, text, text),))),
        verdict(MerkleProof("ics23-iavl", "existence", (("key", text),), path=(PathStep(text, text, text),))),
    ]
    found.append(verdict(DoubleEntry((leg(text, text, text), leg("b", "1", text)), text, text, text)))
    found.append(verdict_on(text.encode("utf-8", "replace").decode()))
    for each in found:
        assert each.verdict is not Vote.APPROVE
        assert each.reason.isprintable()


def test_no_signature_of_the_package_holds_a_float_but_the_deadline() -> None:
    found: list[str] = []
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
            if isinstance(annotation, ast.expr) and "float" in ast.unparse(annotation):
                found.append(f"{path.name}: {getattr(node, 'arg', node)}")
    assert found == ["expert.py: deadline_ms"]
