"""The question put to the mesh and to each expert: an intent or a transaction, with what the caller knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from aethel.rules import NO_RULES, Rules
from aethel.transaction import MerkleProof, Transaction, TreeRoot
from aethel.verdict import ExpertVerdict


class Scope(Enum):
    """What an approval must cover: the given values (and all values of what is open), or all values of everything."""

    GIVEN = "GIVEN"
    TEMPLATE = "TEMPLATE"


_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Context:
    """What the caller knows of the state before; every value is exact text, read by the declared type of its name.

    `balances` maps a cell (`payer_balance`, `payer.balance`, any spelling of the state before) to decimal text in one
    unit of its asset. `inputs` maps externals and other free names to values. `accounts` maps an account name of the
    intent to its canonical id. Each is kept in the order of its names, so that no verdict depends on how they came.
    `proofs` are about the state before and must all hold. `roots` are the ones that every proof of the question, also
    one that is the question, must start from; without any, the root that comes with a proof is the caller's word.
    """

    balances: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    inputs: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    accounts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    proofs: tuple[MerkleProof, ...] = ()
    roots: tuple[TreeRoot, ...] = ()

    def __post_init__(self) -> None:
        for name in ("balances", "inputs", "accounts"):
            object.__setattr__(self, name, _in_order(getattr(self, name)))

    def is_empty(self) -> bool:
        return not (self.balances or self.inputs or self.accounts or self.proofs or self.roots)


@dataclass(frozen=True, slots=True)
class Question:
    """What one `Verify` asks: exactly one of intent text (UTF-8 bytes as received) and structured transaction.

    `arguments` maps parameter names to exact text, kept in the order of the names. `budget` is the deterministic work
    allowed to a solver, in solver resource units, 0 meaning the expert's default. `expected_digest` is the lowered
    program's digest as the sender computed it, empty when unknown. `with_evidence` asks for what
    takes extra work: the certificate of what is proved for all values, and the repair of what is refuted. `rules` are
    those of the client who asks: the mesh sets them from its own configuration, and no request carries them to it. The
    same holds for `client`, at whose expense proofs are kept and on which no verdict depends.
    """

    transaction_id: str
    intent_text: bytes | None = None
    transaction: Transaction | None = None
    arguments: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    context: Context = field(default_factory=Context)
    budget: int = 0
    expected_digest: str = ""
    scope: Scope = Scope.GIVEN
    with_evidence: bool = False
    rules: Rules = NO_RULES
    client: str = ""

    def __post_init__(self) -> None:
        if (self.intent_text is None) == (self.transaction is None):
            raise ValueError("a question holds exactly one of intent text and structured transaction")
        object.__setattr__(self, "arguments", _in_order(self.arguments))


def _in_order(values: Mapping[str, str]) -> Mapping[str, str]:
    return dict(sorted(values.items())) if values else _NOTHING


class Expert(Protocol):
    """A pure judge: the same question always gets the same verdict, latency aside.

    `deadline_ms` is the time left; an expert that cannot finish in it abstains. It never raises on any question.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict: ...
