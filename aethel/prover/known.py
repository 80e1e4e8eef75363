"""What an expert has proved before, for all values, and what it has not: by digest, so that nothing is tried twice."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from aethel.intent.instance import Instance
from aethel.intent.obligations import obligations
from aethel.intent.program import IntentFile
from aethel.intent.reading import read
from aethel.intent.skeleton import Skeleton, lift
from aethel.prover.settled import Settled, Settlement
from aethel.prover.store import SATISFIABILITY, Proof, ProofStore, proof_of, results_of
from aethel.prover.tasks import Solved
from aethel.prover.template import Decision, Template, template_of, template_of_skeleton
from aethel.verdict import Evidence, ObligationResult, Outcome

_REMEMBERED = 1024
"""Digests of which it is remembered that they are not proved for all values, with what refutes them."""


class Known:
    """The proofs of the expert of one `version`. Safe to use from several threads."""

    def __init__(self, store: ProofStore, version: str) -> None:
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

        A disagreement of the solvers takes from the store whatever it holds of that digest.
        """
        if any(result.outcome is Outcome.DISAGREEMENT for result in solved.results):
            self._store.evict(file.digest)
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


def _place(file: IntentFile) -> str:
    """The rules are no part of a digest, and what they allow to issue is an obligation."""
    return f"{file.digest} {file.rules!r}"


def in_words_of(file: IntentFile, proof: Proof) -> tuple[Settlement, ...] | None:
    """A proof as settlements of a text of its digest; None where it is not a proof of that text."""
    results = results_of(proof, file)
    return None if results is None else settlements(file, results)


def settlements(file: IntentFile, results: tuple[ObligationResult, ...]) -> tuple[Settlement, ...] | None:
    """Results beside the obligations of a file, in their order; None where one is missing."""
    by_id = {result.id: result for result in results}
    listed = obligations(file)
    if any(obligation.id not in by_id for obligation in listed):
        return None
    return tuple((obligation, Settled(by_id[obligation.id])) for obligation in listed)


def approved_by(known: Known, instance: Instance) -> tuple[Settlement, ...] | None:
    """The settlements of a complete instance by a proof of its text, or of its skeleton, and no solver.

    None where nothing of the kind is proved, or where a hypothesis of the proof is false on the given values.
    """
    file = instance.reading.file
    assert file is not None
    proof = known.proof(file.digest)
    if proof is not None:
        template = template_of(instance.reading, proof)
        return _approved(template, file, instance, ())
    skeleton = skeleton_of(instance)
    proof = None if skeleton is None else known.proof(skeleton.digest)
    if skeleton is None or proof is None:
        return None
    literals = [literal.value for literal in skeleton.literals]
    return _approved(template_of_skeleton(skeleton, proof), file, instance, literals)


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


def _approved(
    template: Template | None, file: IntentFile, instance: Instance, literals: list[int] | tuple[()]
) -> tuple[Settlement, ...] | None:
    if template is None:
        return None
    checked = template.check_file(instance.values, literals)
    if checked.decision is not Decision.APPROVE or checked.open:
        return None
    return settlements(file, template.results)
