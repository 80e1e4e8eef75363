"""The canonical bytes of certificates: one file for any obligations of one text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from fractions import Fraction

from aethel.intent.obligations import Obligation
from aethel.intent.program import LANGUAGE_VERSION, IntentFile, Program
from aethel.intent.terms import Op, Sort, Term, Value, in_order
from aethel.prover.certificate.certify import Certificate
from aethel.prover.certificate.proof import steps_of, terms_of

FORMAT = "aethel-certificate/1"
"""Changes whenever a checker of the former format could read a file differently."""

_SORTS = {Sort.BOOL: "truth", Sort.INT: "integer", Sort.RATIONAL: "rational", Sort.IDENTITY: "identity"}

LEAVES = frozenset({"variable", "text", "integer", "fraction", "truth"})
"""The terms whose arguments are not terms."""

Json = object
"""A JSON value without numbers other than whole ones."""


def document(file: IntentFile, certificates: Sequence[Certificate]) -> bytes:
    """The certificate file of these obligations of `file`, in the order of its programs."""
    programs: list[Json] = []
    for position, program in enumerate(file.programs):
        chosen = [each for each in certificates if each.obligation.program == position]
        if chosen:
            programs.append(_program(program, chosen))
    rest = {"digest": file.digest, "format": FORMAT, "language": LANGUAGE_VERSION, "programs": programs}
    return canonical({**rest, "checksum": hashlib.sha256(canonical(rest)).hexdigest()})


def canonical(value: Json) -> bytes:
    """Keys sorted, no spaces, ASCII, one newline at the end."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii") + b"\n"


def _program(program: Program, certificates: list[Certificate]) -> Json:
    written = Terms(program)
    obligations = [_obligation(each, written) for each in certificates]
    return {**described(program), "obligations": obligations, "terms": written.rows}


def described(program: Program) -> dict[str, Json]:
    """What a certificate says of the program beside its terms; variable number n is `vn` in explanations."""
    return {
        "digest": program.digest,
        "name": program.name,
        "scales": [[asset, decimals] for asset, decimals in program.scales],
        "variables": [[variable.name, _SORTS[variable.term.sort]] for variable in program.variables],
    }


def _obligation(certificate: Certificate, written: Terms) -> Json:
    stated = statement(certificate.obligation, written)
    if certificate.proof is not None:
        written.add(terms_of(certificate.proof))
        return {**stated, "proof": steps_of(certificate.proof, written.places)}
    assert certificate.values is not None
    return {
        **stated,
        "values": [_value(value, sort) for (_, value), sort in zip(certificate.values, written.sorts, strict=True)],
    }


def statement(obligation: Obligation, written: Terms) -> dict[str, Json]:
    """What an obligation states; its terms are added to those written."""
    written.add((*obligation.assumptions, obligation.claim))
    return {
        "id": obligation.id,
        "kind": obligation.kind.value,
        "assume": [written.places[term] for term in obligation.assumptions],
        "claim": written.places[obligation.claim],
    }


class Terms:
    """The terms of one program as a certificate lists them, arguments first; `places` is where each one stands."""

    def __init__(self, program: Program) -> None:
        self._variables = {variable.name: number for number, variable in enumerate(program.variables)}
        self.sorts = [variable.term.sort for variable in program.variables]
        self.places: dict[Term, int] = {}
        self.rows: list[list[Json]] = []

    def add(self, roots: Iterable[Term]) -> None:
        """Write what is not written yet of these terms."""
        for node in in_order(*(root for root in roots if root not in self.places)):
            if node not in self.places:
                self.places[node] = len(self.rows)
                self.rows.append(self._row(node))

    def _row(self, node: Term) -> list[Json]:
        if node.op is Op.VAR:
            return ["variable", self._variables[str(node.value)]]
        if node.op is not Op.CONST:
            return [node.op.value, *(self.places[arg] for arg in node.args)]
        if isinstance(node.value, bool):
            return ["truth", int(node.value)]
        if isinstance(node.value, str):
            return ["text", node.value]
        exact = Fraction(node.value or 0)
        if exact.denominator != 1:
            return ["fraction", exact.numerator, exact.denominator]
        return ["integer", exact.numerator]


def _value(value: Value, sort: Sort) -> Json:
    if sort is Sort.RATIONAL and not isinstance(value, str):
        exact = Fraction(value)
        return [exact.numerator, exact.denominator]
    return int(value) if sort is Sort.INT and not isinstance(value, str) else value
