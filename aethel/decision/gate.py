"""The floor: which experts a question needs at least, and which obligations they must decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import assert_never

from aethel.decision.features import Feature, features_of_file, features_of_transaction
from aethel.intent.obligations import Kind, Obligation, asset_name, obligations, unauthorised
from aethel.intent.program import LANGUAGE_VERSION, IntentFile
from aethel.request import Context, Question
from aethel.terms import Terms
from aethel.transaction import (
    AccountTransaction,
    AchBatch,
    AmountText,
    DoubleEntry,
    MerkleProof,
    Phase,
    TextField,
    Transaction,
    TransferBatch,
    Unsupported,
    UtxoBatch,
)
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT, Disposition, Finding

FOOTPRINTS: Mapping[str, frozenset[Feature]] = MappingProxyType(
    {
        Z3_EXPERT: frozenset({Feature.PROPERTIES, Feature.ARITHMETIC}),
        SENTINEL_EXPERT: frozenset(
            {
                Feature.INTENT,
                Feature.MONEY,
                Feature.LOOPS,
                Feature.TEXT,
                Feature.EXTERNALS,
                Feature.IDENTITIES,
            }
        ),
        GUARDIAN_EXPERT: frozenset({Feature.TRANSACTION, Feature.MONEY, Feature.BALANCES}),
    }
)
"""What each expert must look at, in the order of the panel: one touched feature is enough to choose an expert.

Every intent touches the Sentinel, because its text is what the Sentinel reads.
"""

_OF_ANY_TEXT = ("S01", "S02", "S03", "S04", "S08", "S09", "S10", "S11")

SENTINEL_CLASSES_OF_FIELDS = _OF_ANY_TEXT
"""The Sentinel's classes that must be decided on a text on its way into a field; nobody else decides anything there."""

SENTINEL_CLASSES_OF_TEXT = (*_OF_ANY_TEXT, "S07", "S16", "S17", "S21", "S22", "S23", "S24")
"""The Sentinel's classes that must be decided on every intent."""

SENTINEL_CLASSES_THAT_MAY_STAY_OPEN = frozenset({"S05", "S06", "S14", "S15"})
"""The Sentinel's classes whose being left open is no doubt: what S05 and S15 look for, obligations that the Z3 expert
must prove exclude in any case, and S06 and S14 only advise."""

SENTINEL_CLASSES_OF_TRANSACTION = (*_OF_ANY_TEXT, "S24")
"""The Sentinel's classes that must be decided on the text fields of every transaction."""

_PROOF_CHECKS: Mapping[str, str] = MappingProxyType(
    {"inclusion": "G25", "existence": "G25", "consistency": "G26", "update": "G28"}
)
"""The Guardian's check that decides what a proof shows; where it knows none, it leaves G25 open."""

UNREAD = "transaction.understood"
"""The obligation that nobody is entitled to decide: it stands for a question that no expert of this version reads."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one question needs before it may be approved.

    `experts` must all answer. `required` maps each obligation to the experts entitled to decide it; one with nobody
    entitled can never be approved. `skipped` says why each other expert is not needed. A `findings` entry that rejects
    decides the answer before any expert is asked. `scope` says what an approval covers: `TEMPLATE` all values,
    `INSTANCE` the given ones, empty where nothing was read.
    """

    transaction_id: str
    experts: tuple[str, ...] = ()
    required: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    features: frozenset[Feature] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()
    program_digest: str = ""
    language_version: str = ""
    written_cells: tuple[str, ...] = ()
    scope: str = ""


def plan(question: Question, file: IntentFile | None, findings: tuple[Finding, ...] = ()) -> Plan:
    """The floor for one question: `file` is what its text was read as, None for text that was not and for transactions.

    A text that could not be read must come with the finding that says why; without one nobody is entitled to anything.
    """
    if any(finding.disposition is Disposition.REJECT for finding in findings):
        digest, version = ("", "") if file is None else (file.digest, LANGUAGE_VERSION)
        why = "the question is rejected as it stands"
        return Plan(
            question.transaction_id,
            skipped=MappingProxyType(dict.fromkeys(FOOTPRINTS, why)),
            findings=findings,
            program_digest=digest,
            language_version=version,
            written_cells=written_cells(file),
            scope=_scope(question, file),
        )
    if question.transaction is not None:
        features = features_of_transaction(question.transaction)
        if question.context.proofs or question.context.roots:
            features |= {Feature.BALANCES}
        required = _required_of_transaction(question.transaction)
    elif file is not None:
        features = features_of_file(file, question.context)
        required = _required_of_file(file)
    else:
        features = frozenset({Feature.INTENT, Feature.NOT_UNDERSTOOD})
        required = {UNREAD: frozenset()}
    required |= _required_of_context(question.context)
    experts = choose(features)
    required |= dict.fromkeys(_sentinel_classes(features), frozenset({SENTINEL_EXPERT}))
    return Plan(
        transaction_id=question.transaction_id,
        experts=experts,
        required=MappingProxyType(required),
        features=features,
        skipped=MappingProxyType({name: _why_skipped(name) for name in FOOTPRINTS if name not in experts}),
        findings=findings,
        program_digest="" if file is None else file.digest,
        language_version="" if file is None else LANGUAGE_VERSION,
        written_cells=written_cells(file),
        scope=_scope(question, file),
    )


def _scope(question: Question, file: IntentFile | None) -> str:
    if question.transaction is not None:
        return "INSTANCE"
    if file is None:
        return ""
    return "TEMPLATE" if not question.arguments and question.context.is_empty() else "INSTANCE"


def choose(features: frozenset[Feature]) -> tuple[str, ...]:
    """Every expert whose footprint the features touch, and all of them when in doubt, in the panel's order."""
    if Feature.NOT_UNDERSTOOD in features:
        return tuple(FOOTPRINTS)
    return tuple(name for name, footprint in FOOTPRINTS.items() if features & footprint)


def written_cells(file: IntentFile | None) -> tuple[str, ...]:
    """Every state cell that the intents write, as the author would write it, each once, in source order."""
    programs = () if file is None else file.programs
    return tuple(dict.fromkeys(cell.label for program in programs for cell in program.cells if cell.written))


def _required_of_file(file: IntentFile) -> dict[str, frozenset[str]]:
    """Each obligation with those who may decide it; nobody may decide that what no rule allows is issued."""
    required = {obligation.id: _entitled(obligation) for obligation in obligations(file)}
    for program in file.programs:
        for issue in unauthorised(program, file.rules):
            prefix = f"{program.name}:" if len(file.programs) > 1 else ""
            required[f"{prefix}{Kind.ISSUED.value}.{asset_name(issue.asset)}"] = frozenset()
    return required


def _entitled(obligation: Obligation) -> frozenset[str]:
    if obligation.kind is Kind.CONSERVED:
        return frozenset({Z3_EXPERT, GUARDIAN_EXPERT})
    return frozenset({Z3_EXPERT})


def _required_of_transaction(transaction: Transaction) -> dict[str, frozenset[str]]:
    if isinstance(transaction, TextField):
        return dict.fromkeys(SENTINEL_CLASSES_OF_FIELDS, frozenset({SENTINEL_EXPERT}))
    ids = _guardian_ids(transaction)
    if not ids:
        return {UNREAD: frozenset()}
    return dict.fromkeys(ids, frozenset({GUARDIAN_EXPERT}))


def _required_of_context(context: Context) -> dict[str, frozenset[str]]:
    """The Guardian's checks of the proofs and trusted roots that are given with a question."""
    ids = {"G24"} if context.roots else set()
    for proof in context.proofs:
        ids |= {_PROOF_CHECKS.get(proof.op, "G25"), "G27"}
    return dict.fromkeys(sorted(ids), frozenset({GUARDIAN_EXPERT}))


def _guardian_ids(transaction: Transaction) -> tuple[str, ...]:
    """The Guardian's checks without which a transaction of this kind means nothing; none where it reads none."""
    match transaction:
        case DoubleEntry(terms=terms):
            return ("G04", "G05", "G07", "G11", *_of_terms(terms))
        case TransferBatch(transfers=transfers, terms=terms):
            chained = ("G15",) if any(transfer.linked for transfer in transfers) else ()
            phased = ("G16",) if any(transfer.phase is not Phase.SINGLE for transfer in transfers) else ()
            return ("G01", "G04", "G05", "G06", "G11", *chained, *phased, *_of_terms(terms))
        case AchBatch():
            return ("G04", "G11", "G31")
        case AccountTransaction(balance=balance, expected_nonce=nonce):
            return ("G04", "G05", "G11", *(("G12",) if balance else ()), *(("G23",) if nonce else ()))
        case UtxoBatch():
            return ("G01", "G04", "G10", "G11", "G22")
        case MerkleProof(op=op):
            return (_PROOF_CHECKS.get(op, "G25"), "G27")
        case AmountText():
            return ("G04",)
        case TextField() | Unsupported():
            return ()
        case _:
            assert_never(transaction)


def _of_terms(terms: Terms | None) -> tuple[str, ...]:
    """The checks of declared terms that need nothing beside the terms and the legs."""
    if terms is None:
        return ()
    declared = {
        "G01": terms.identity,
        "G17": terms.reversal,
        "G18": terms.allotments,
        "G19": terms.fees,
        "G20": terms.exchanges,
        "G21": terms.limits,
        "G30": terms.authority,
        "G32": terms.backings,
        "G33": terms.chart,
    }
    return tuple(code for code, part in declared.items() if part)


def _sentinel_classes(features: frozenset[Feature]) -> tuple[str, ...]:
    return SENTINEL_CLASSES_OF_TEXT if Feature.INTENT in features else SENTINEL_CLASSES_OF_TRANSACTION


def _why_skipped(expert: str) -> str:
    missing = ", ".join(sorted(feature.value for feature in FOOTPRINTS[expert]))
    return f"the question has none of: {missing}"
