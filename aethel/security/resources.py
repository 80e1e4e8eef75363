"""S07 and S08: static bounds on loops and on work, and caps on whatever a question brings along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aethel.intent import syntax
from aethel.intent.cost import Cost, cost_of, first_loop
from aethel.intent.limits import DEFAULT_LIMITS
from aethel.intent.reading import Reading
from aethel.intent.source import Source
from aethel.request import Question
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.fields import Field, legs_of
from aethel.security.regions import Place
from aethel.transaction import MerkleProof
from aethel.verdict import Disposition, Finding, Outcome, Span

NAME_LENGTH = 4096
"""Code points of one name, memo or other human text of a request: a page, while no payment scheme's field is longer."""

SYMBOL_LENGTH = 512
"""Characters of one amount, identifier or hash of a request: four SHA-512 digests in hexadecimal."""

PROOF_HASHES = 256
"""Hashes or steps of one Merkle proof: consistency of trees of 2**64 leaves needs 65, a sparse tree 256."""

CONTENT_LENGTH = 8192
"""Characters of the bytes that a proof is about, in hexadecimal: as many as the Guardian hashes."""

PROOF_PARTS = 5_000
"""Hashes, fields, leaves, steps and trusted roots of all proofs that come with one question, as the Guardian takes."""

GIVEN_VALUES = 10_000
"""Values one request gives with an intent, as many as an intent may have legs."""

_UNREADABLE = "the text could not be read, so that nothing is known of its cost"


def judge_text_size(text: bytes, tally: Tally) -> bool:
    """Whether the text is small enough to be looked at; else S08 is refuted."""
    limit = DEFAULT_LIMITS.text_bytes
    if len(text) <= limit:
        return True
    message = f"text of {len(text)} bytes is too large, the limit is {limit}"
    _refuse(tally, message, "send a shorter text")
    return False


def judge_syntax(file: syntax.File, source: Source, tally: Tally) -> bool:
    """Whether the static cost of a tree is within bounds; else S07 or S08 are refuted. Nothing is evaluated."""
    affordable = True
    visited = 0
    for intent in file.intents():
        cost = cost_of(intent)
        visited += cost.nodes
        span = source.span(intent.start, intent.end)
        if cost.turns > DEFAULT_LIMITS.evaluated_statements:
            affordable = False
            loop = first_loop(intent)
            _refuse_loops(tally, cost, source.span(loop.start, loop.end) if loop else span, intent.name)
        if cost.statements > DEFAULT_LIMITS.evaluated_statements:
            affordable = False
            limit = DEFAULT_LIMITS.evaluated_statements
            message = f"{span}: {_shown(cost.statements)} statements when loops are unrolled, the limit is {limit}"
            _refuse(tally, message, "shorten the loops", span, intent.name)
    if visited > DEFAULT_LIMITS.evaluated_nodes:
        affordable = False
        message = (
            f"{_shown(visited)} syntax nodes when loops are unrolled, the limit is {DEFAULT_LIMITS.evaluated_nodes}"
        )
        _refuse(tally, message, "shorten the loops or split the text")
    return affordable


def judge_reading(reading: Reading, tally: Tally) -> None:
    """Report as S08 whatever limit the reading of the text found exceeded."""
    for finding in reading.findings:
        if finding.code == "TOO_LARGE":
            _refuse(tally, finding.message, "make the text smaller there", finding.span, finding.intent)


def affordable_fields(question: Question, fields: Iterable[Field], tally: Tally) -> Iterator[Field]:
    """The fields small enough to be looked at; S08 is refuted by every other one, and by too many of them."""
    given = (question.arguments, question.context.balances, question.context.inputs, question.context.accounts)
    if (count := sum(len(values) for values in given)) > GIVEN_VALUES:
        _refuse(tally, f"{count} values are given, the limit is {GIVEN_VALUES}", "give only values the intent names")
        return
    if question.transaction is not None:
        legs, limit = legs_of(question.transaction), DEFAULT_LIMITS.legs
        if legs > limit:
            _refuse(tally, f"a transaction of {legs} legs, the limit is {limit}", "split the transaction")
            return
    if _has_long_proof(question, tally):
        return
    for field in fields:
        limit = CONTENT_LENGTH if field.is_content else NAME_LENGTH if field.place is Place.NAME else SYMBOL_LENGTH
        if len(field.text) > limit:
            _refuse(tally, f"{field.name} has {len(field.text)} characters, the limit is {limit}", "shorten the value")
        else:
            yield field


def _has_long_proof(question: Question, tally: Tally) -> bool:
    """Whether a proof has more hashes than it can need, or all of them have too much; S08 is refuted by it.

    An update needs up to as many hashes for each of its leaves as the tree is deep, so it is held to the sum alone.
    """
    proofs = list(question.context.proofs)
    if isinstance(question.transaction, MerkleProof):
        proofs.append(question.transaction)
    hashes = max((len(proof.proof) + len(proof.path) for proof in proofs if not proof.leaves), default=0)
    parts = len(question.context.roots) + len(proofs)
    parts += sum(len(each.proof) + len(each.fields) + len(each.leaves) + len(each.path) for each in proofs)
    if hashes > PROOF_HASHES:
        _refuse(tally, f"a proof of {hashes} hashes, the limit is {PROOF_HASHES}", "send the shortest proof")
    elif parts > PROOF_PARTS:
        _refuse(tally, f"proofs of {parts} parts, the limit is {PROOF_PARTS}", "send fewer proofs or touched leaves")
    return hashes > PROOF_HASHES or parts > PROOF_PARTS


@dataclass(frozen=True, slots=True)
class Measured:
    """The static cost of a text, and its first loop."""

    cost: Cost
    loop: Span | None


def measure(file: syntax.File, source: Source) -> Measured:
    """What the intents of a tree cost together; linear in it."""
    total = sum((cost_of(intent) for intent in file.intents()), Cost())
    loop = next((found for intent in file.intents() if (found := first_loop(intent)) is not None), None)
    return Measured(total, source.span(loop.start, loop.end) if loop is not None else None)


def settle_text(measured: Measured | None, size_bytes: int, tally: Tally) -> None:
    """State the outcomes of S07 and S08 for an intent text; `measured` is None where it does not parse."""
    if measured is None:
        for class_ in (SecurityClass.LOOPS, SecurityClass.RESOURCES):
            tally.leave(class_, Outcome.UNMODELLED, _UNREADABLE)
        return
    total = measured.cost
    tally.work += min(total.nodes, DEFAULT_LIMITS.nodes)
    loops = "no loop" if total.loops == 0 else f"{total.loops} loops of {_shown(total.turns)} turns together"
    tally.settle(SecurityClass.LOOPS, f"{loops}, bounds are constants and recursion cannot be expressed", measured.loop)
    work = f"{_shown(total.statements)} statements and {_shown(total.nodes)} syntax nodes evaluated"
    tally.settle(SecurityClass.RESOURCES, f"{size_bytes} bytes, at most {work}")


def _refuse_loops(tally: Tally, cost: Cost, span: Span, intent: str) -> None:
    limit = DEFAULT_LIMITS.evaluated_statements
    tally.add(
        SecurityClass.LOOPS,
        Finding(
            code=SecurityClass.LOOPS.value,
            message=f"{span}: loops of {_shown(cost.turns)} turns together, the limit is {limit}",
            disposition=Disposition.REJECT,
            span=span,
            intent=intent,
            cwe=Weakness.EXCESSIVE_ITERATION,
            advice="narrow the bounds of the loops",
        ),
    )


def _refuse(tally: Tally, message: str, advice: str, span: Span | None = None, intent: str = "") -> None:
    tally.add(
        SecurityClass.RESOURCES,
        Finding(
            code=SecurityClass.RESOURCES.value,
            message=message,
            disposition=Disposition.REJECT,
            span=span,
            intent=intent,
            cwe=Weakness.UNLIMITED_RESOURCES,
            advice=advice,
        ),
    )


def _shown(count: int) -> str:
    """A count that may have thousands of digits, since loops nest: only its size is shown beyond a billion."""
    return str(count) if count <= 10**9 else f"more than 2^{count.bit_length() - 1}"
