"""What an expert has proved before, for all values, and what it has not: by digest, so that nothing is tried twice."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from aethel.intent.instance import Instance
from aethel.intent.obligations import obligations
from aethel.intent.program import IntentFile
from aethel.intent.reading import read
from aethel.intent.skeleton import Skeleton, lift
from aethel.prover.settled import Settled, Settlement
from aethel.prover.store import SATISFIABILITY, Proof, ProofStore, proof_of, results_of
from aethel.prover.tasks import Solved
from aethel.prover.template_index import Templates
from aethel.verdict import Evidence, ObligationResult, Outcome, Span

_REMEMBERED = 1024
"""Digests of which it is remembered that they are not proved for all values, with what refutes them."""


class Known:
    """The proofs of the expert of one `version`, and the templates made of them. Safe to use from several threads."""

    def __init__(self, store: ProofStore, version: str, templates: Templates | None = None) -> None:
        self.templates = Templates() if templates is None else templates
        self._store = store
        self._version = version
        self._unproved: OrderedDict[str, Solved] = OrderedDict()
        self._lock = Lock()

    def proof(self, digest: str) -> Proof | None:
        """The proof of a digest for all values."""
        return self._store.get(digest, self._version)

    def unproved(self, file: IntentFile) -> Solved | None:
        """What an earlier attempt at a file or skeleton came to, where it proved nothing for all values."""
        with self._lock:
            return self._unproved.get(_place(file))

    def learn(self, file: IntentFile, solved: Solved, client: str = "") -> None:
        """Keep what became of all obligations of a file or skeleton for all values, at the expense of a client.

        A disagreement of the solvers takes away whatever is held of that digest, as `forget` does.
        """
        if is_disputed(solved):
            self.forget(file.digest)
            return
        proof = proof_of(file, solved.results, self._version, solved.certificate) if solved.proved else None
        if proof is not None:
            self._store.put(proof, client)
            return
        with self._lock:
            self._unproved[_place(file)] = solved
            self._unproved.move_to_end(_place(file))
            if len(self._unproved) > _REMEMBERED:
                self._unproved.popitem(last=False)

    def forget(self, digest: str) -> None:
        """Let go of every proof and template of a digest."""
        self._store.evict(digest)
        self.templates.evict(digest)


def is_disputed(solved: Solved) -> bool:
    """Whether two solvers differ about an obligation."""
    return any(result.outcome is Outcome.DISAGREEMENT for result in solved.results)


def _place(file: IntentFile) -> str:
    """The rules are no part of a digest, and what they allow to issue is an obligation."""
    return f"{file.digest} {file.rules!r}"


def in_words_of(file: IntentFile, proof: Proof) -> tuple[Settlement, ...] | None:
    """A proof as settlements of a text of its digest; None where it is not a proof of that text."""
    results = results_of(proof, file)
    return None if results is None else settlements(file, results)


def settlements(file: IntentFile, results: tuple[ObligationResult, ...]) -> tuple[Settlement, ...] | None:
    """Results beside the obligations of a file, in their order and place; None where one is missing."""
    by_id = {result.id: result for result in results}
    listed = obligations(file)
    if any(obligation.id not in by_id for obligation in listed):
        return None
    return tuple((each, Settled(_placed(by_id[each.id], each.span))) for each in listed)


def _placed(result: ObligationResult, span: Span | None) -> ObligationResult:
    """A result of a skeleton where it lies in another text of it."""
    return result if result.span == span else replace(result, span=span)


def evidence_in_general(known: Known, instance: Instance) -> dict[str, Evidence]:
    """How well each obligation on all executions is proved for all values, by its id; empty where nothing is known.

    That some values admit an execution says nothing of the given ones, so the other obligations are left out.
    """
    file = instance.reading.file
    assert file is not None
    proof = known.proof(file.digest)
    if proof is None:
        skeleton = skeleton_of(instance)
        proof = None if skeleton is None else known.proof(skeleton.digest)
        file = file if skeleton is None else skeleton.file
    results = None if proof is None else results_of(proof, file)
    elsewhere = {each.id for each in obligations(file) if each.kind in SATISFIABILITY}
    return {result.id: result.evidence for result in results or () if result.id not in elsewhere}


def skeleton_of(instance: Instance) -> Skeleton | None:
    """The skeleton of the text; None also where the given values change how it is read."""
    file = instance.reading.file
    assert file is not None
    if any(program.issues for program in file.programs):
        return None
    plain = read(instance.reading.text, assets=instance.reading.assets)
    return lift(plain) if plain.file is not None and plain.file.digest == file.digest else None
