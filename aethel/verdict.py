"""What experts and the mesh answer: verdicts, findings, obligation results and the grades of their evidence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, IntEnum

Z3_EXPERT = "Z3_Expert"
SENTINEL_EXPERT = "Sentinel_Expert"
GUARDIAN_EXPERT = "Guardian_Expert"


DECIDED_BY_SOLVER = ("decided", "by the solver")
"""What the trace of a verdict says where a solver ran for it; with another word beside `decided` none was needed."""


class Vote(Enum):
    """One expert's answer. Only APPROVE ever supports an approval, only REJECT ever supports a rejection."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"
    ABSTAIN = "ABSTAIN"


class Consensus(Enum):
    """The mesh's answer. UNCERTAIN means that a person decides."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    UNCERTAIN = "UNCERTAIN"


class Outcome(Enum):
    """What became of one obligation."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    CONTINGENT = "CONTINGENT"
    VACUOUS = "VACUOUS"
    NOTHING_TO_CHECK = "NOTHING_TO_CHECK"
    UNMODELLED = "UNMODELLED"
    BUDGET = "BUDGET"
    DISAGREEMENT = "DISAGREEMENT"


REFUTING_OUTCOMES = frozenset({Outcome.REFUTED, Outcome.CONTINGENT, Outcome.VACUOUS})
"""The outcomes that reject. PROVED is the only one that can approve; all others abstain."""


class Evidence(IntEnum):
    """Evidence grades, strongest highest, so that the weakest of several is their minimum."""

    NONE = 0
    HEURISTIC = 1
    SINGLE_SOLVER = 2
    EVALUATED = 3
    CROSS_CHECKED = 4
    CERTIFIED = 5


CONFIDENCE_BY_EVIDENCE: dict[Evidence, Decimal] = {
    Evidence.NONE: Decimal(0),
    Evidence.HEURISTIC: Decimal("0.5"),
    Evidence.SINGLE_SOLVER: Decimal("0.95"),
    Evidence.EVALUATED: Decimal("0.99"),
    Evidence.CROSS_CHECKED: Decimal("0.99"),
    Evidence.CERTIFIED: Decimal(1),
}
"""Confidence on the wire, a documented function of the grade; a heuristic class states its own measured precision."""


class Source(Enum):
    """Who computed a verdict: the expert process, or the orchestrator by its in-process layer, its second line, its own
    reading of the question, or the commit to the durable state.
    """

    EXPERT = "EXPERT"
    LAYER = "LAYER"
    SECOND_LINE = "SECOND_LINE"
    GATEWAY = "GATEWAY"
    COMMIT = "COMMIT"


class Disposition(Enum):
    """What a finding asks for: a rejection, or attention only."""

    REJECT = "REJECT"
    ADVISE = "ADVISE"


class Impact(IntEnum):
    """How much harm what was found could do, whatever the confidence that it was found; the worst is the highest.

    LOW misleads or costs time. MEDIUM loses or blocks something that can be put right. HIGH moves money wrongly or lets
    another system do what it should not. CRITICAL takes what belongs to others, or what runs another system.
    """

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of the intent text, or of a text on its own.

    Offsets are in code points, line and column of its start are counted from 1.
    """

    start: int
    end: int
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Concrete values under which an obligation fails, in the author's names, as exact decimal text.

    `inputs` are parameters, free names and externals; `before` and `after` are state cells. Values of names
    declared `secret` are never listed. `replayed` says that the reference interpreter confirmed the failure.
    """

    inputs: tuple[tuple[str, str], ...] = ()
    before: tuple[tuple[str, str], ...] = ()
    after: tuple[tuple[str, str], ...] = ()
    replayed: bool = False
    minimal: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One violated property, or one piece of advice.

    `code` is stable (`SYNTAX`, `G07`, `S03`, `PRECONDITION_FALSE`, …). `accounts` and `numbers` let a person redo the
    check on paper; `delta` is the exact difference where one exists. `confidence` is 1 for decided classes, `impact` is
    how much harm it could do, None where nobody graded it. `repair` is a unified diff of the intent's text that was
    verified before it is offered, empty where none is known.
    """

    code: str
    message: str
    disposition: Disposition = Disposition.REJECT
    span: Span | None = None
    intent: str = ""
    cwe: int | None = None
    confidence: Decimal = Decimal(1)
    accounts: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    delta: str = ""
    advice: str = ""
    counterexample: Counterexample | None = None
    repair: str = ""
    impact: Impact | None = None


@dataclass(frozen=True, slots=True)
class ObligationResult:
    """The outcome of one obligation: `id` is unique in one verdict, such as `post.1` or `pay:conserved.EUR`.

    `detail` says in one sentence what was proved, refuted or missing; `work` is the deterministic work spent
    (solver resource units, 0 where no solver ran), `took_ms` the time, 0 where nobody measured it.
    """

    id: str
    outcome: Outcome
    evidence: Evidence = Evidence.NONE
    detail: str = ""
    span: Span | None = None
    counterexample: Counterexample | None = None
    work: int = 0
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """Who served a verdict: the address of the process, and the version of the expert that was to answer and that did.

    `from_cache` says that it was given before, to the same question under another identifier.
    """

    replica: str = ""
    assigned_version: str = ""
    answering_version: str = ""
    from_cache: bool = False


BY_NOBODY = Served()
"""Served by no process in particular."""


@dataclass(frozen=True, slots=True)
class ExpertVerdict:
    """One expert's verdict on one question.

    `code` is the code of the first finding that rejects (in the expert's order of precedence), else empty.
    `proof_trace` is evidence for people as ordered pairs. `assumptions` lists hypotheses that could not be evaluated
    on the given values; `version` is the digest of the code and configuration that answered; `program_digest` is
    the hexadecimal digest of the lowered program, empty for structured transactions. `certificate` holds the canonical
    bytes of a certificate for what is proved for all values, where the question asked for one and there is one. Who
    `served` it is no part of what it says, and of two verdicts that say the same.
    """

    expert_name: str
    verdict: Vote
    confidence: Decimal
    evidence: Evidence
    reason: str = ""
    code: str = ""
    latency_ms: float = 0.0
    obligations: tuple[ObligationResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    proof_trace: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    source: Source = Source.EXPERT
    version: str = ""
    program_digest: str = ""
    certificate: bytes = b""
    served: Served = field(default=BY_NOBODY, compare=False)


@dataclass(frozen=True, slots=True)
class MOEResult:
    """The mesh's answer to one `Verify`, with every verdict it rests on.

    `degraded` names what could not be asked as it should have been (an expert that was away and whose layer
    answered, or that nobody answered for). `written_cells` lists every state cell the intent writes. `token` redeems
    what an approval reserved, empty where nothing can be redeemed.
    """

    transaction_id: str
    consensus: Consensus
    overall_confidence: Decimal
    expert_verdicts: tuple[ExpertVerdict, ...] = ()
    total_latency_ms: float = 0.0
    activated_experts: tuple[str, ...] = ()
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    degraded: tuple[str, ...] = ()
    skipped_experts: tuple[str, ...] = ()
    undecided_obligations: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    written_cells: tuple[str, ...] = ()
    program_digest: str = ""
    language_version: str = ""
    scope: str = ""
    dissent: tuple[str, ...] = ()
    token: str = ""


AGAIN = Finding("G02", "this id was answered before: this is the answer that was given", Disposition.ADVISE)
"""Marks a stored answer: whoever acts on answers has had this one before."""

UNKEPT = "no store is configured: nothing is reserved or redeemed, and nobody knows whether the id was used before"

UNTOKENED = "no key signs tokens: nobody can redeem what is reserved"


def unkept(answer: MOEResult) -> MOEResult:
    """An approval without a store says what it does not cover."""
    if answer.consensus is not Consensus.APPROVED:
        return answer
    return replace(answer, assumptions=(*answer.assumptions, UNKEPT))
