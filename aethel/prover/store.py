"""Proofs by the digest of what they prove: bounded, with a quota per client, and in memory only.

A digest does not count names, layout or the order of conditions, while `post.1` does. So a proof knows each obligation
by the canonical form of its claim and of what it assumes, and is put into the words of whichever text asks.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from aethel.intent.canonical import digests_of_terms
from aethel.intent.obligations import Kind, Obligation, obligations, variables_of
from aethel.intent.program import IntentFile
from aethel.intent.skeleton_literals import literal_number
from aethel.intent.terms import Term
from aethel.verdict import Evidence, ObligationResult, Outcome

SATISFIABILITY = frozenset({Kind.NON_VACUOUS, Kind.CONSISTENT})
"""The kinds that ask for one execution; all others speak of every execution."""

_ENTRY_BYTES = 200
"""What one entry takes in memory, about."""


@dataclass(frozen=True, slots=True, order=True)
class Proved:
    """One obligation that was proved: its canonical key, how well, and the solver's work in its resource units."""

    key: str
    evidence: Evidence
    work: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """Every obligation of a program, file or skeleton, as `keys_of` lists them, proved by the expert of one version.

    `digest` is that of the file, `version` that of the expert. `proved` has one entry for each canonical key, in
    ascending order. `certificate` is empty where there is none; nothing here holds a name or a line of any text.
    """

    digest: str
    version: str
    proved: tuple[Proved, ...]
    certificate: bytes = b""

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        return len(self.certificate) + _ENTRY_BYTES * (1 + len(self.proved))


def is_lifted(file: IntentFile) -> bool:
    """Whether the literals of a file are variables."""
    return any(literal_number(variable.name) for program in file.programs for variable in program.variables)


def keys_of(file: IntentFile) -> tuple[tuple[Obligation, str], ...]:
    """Every obligation of a file that its proof must prove, with its canonical key.

    For lifted literals these are the ones on all executions: that some literals admit one says nothing of others.
    The key is hexadecimal SHA-256 over the intent's position, the kind, the claim and the set of what it assumes, so
    that obligations of one key are one question, in texts of one digest as well as within one text.
    """
    lifted = is_lifted(file)
    listed = [each for each in obligations(file) if not (lifted and each.kind in SATISFIABILITY)]
    found: list[tuple[Obligation, str]] = []
    for position, program in enumerate(file.programs):
        own = [each for each in listed if each.program == position]
        assumptions = dict.fromkeys(each.assumptions for each in own)
        terms = dict.fromkeys([*(each.claim for each in own), *(term for assumed in assumptions for term in assumed)])
        others = variables_of(program, *own)[len(program.variables) :]
        forms = dict(zip(terms, digests_of_terms(program, terms, others), strict=True))
        assumed_forms = {assumed: _assumed(assumed, forms) for assumed in assumptions}
        for each in own:
            parts = (str(position), each.kind.value, each.aspect.value, forms[each.claim])
            key = hashlib.sha256("\n".join((*parts, assumed_forms[each.assumptions])).encode()).hexdigest()
            found.append((each, key))
    return tuple(found)


def _assumed(assumptions: tuple[Term, ...], forms: dict[Term, str]) -> str:
    return hashlib.sha256("\n".join(sorted({forms[term] for term in assumptions})).encode()).hexdigest()


def proof_of(
    file: IntentFile, results: Sequence[ObligationResult], version: str, certificate: bytes = b""
) -> Proof | None:
    """The proof that these results are; None unless every obligation of `keys_of` is PROVED, on some evidence."""
    by_id = {result.id: result for result in results}
    proved: dict[str, Proved] = {}
    for obligation, key in keys_of(file):
        result = by_id.get(obligation.id)
        if result is None or result.outcome is not Outcome.PROVED or result.evidence < Evidence.SINGLE_SOLVER:
            return None
        found = Proved(key, result.evidence, result.work)
        proved[key] = min(found, proved.get(key, found))
    return Proof(file.digest, version, tuple(sorted(proved.values())), certificate)


def results_of(proof: Proof, file: IntentFile) -> tuple[ObligationResult, ...] | None:
    """The proof in the words of a file of its digest, obligation by obligation; None where it is not a proof of it.

    No work is counted: none was done for this file.
    """
    if proof.digest != file.digest:
        return None
    proved = {each.key: each for each in proof.proved}
    results: list[ObligationResult] = []
    for obligation, key in keys_of(file):
        found = proved.get(key)
        if found is None:
            return None
        detail = "proved before, for every value"
        results.append(ObligationResult(obligation.id, Outcome.PROVED, found.evidence, detail, obligation.span))
    return tuple(results)


@dataclass(frozen=True, slots=True)
class Counters:
    """What a store was asked since it was made, and how many proofs left it."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a store holds: proofs in all, proofs that one client put in, and bytes of all proofs, about."""

    proofs: int = 10_000
    proofs_per_client: int = 1_000
    total_bytes: int = 256 * 2**20


_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Held:
    proof: Proof
    client: str


class ProofStore:
    """Proofs by digest and version of the expert, the least recently used going first.

    A client over its quota loses its own least recently used proof, never another's. What is stored serves every
    client, since a proof is the same whoever asked for it. Safe to use from several threads.
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._held: OrderedDict[_Place, _Held] = OrderedDict()
        self._of_client: dict[str, OrderedDict[_Place, None]] = {}
        self._versions: dict[str, set[str]] = {}
        self._bytes = 0
        self._counted = [0, 0, 0]
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def counters(self) -> Counters:
        with self._lock:
            return Counters(*self._counted)

    def get(self, digest: str, version: str) -> Proof | None:
        """The proof of a digest by the expert of this version."""
        place = digest, version
        with self._lock:
            held = self._held.get(place)
            self._counted[0 if held is not None else 1] += 1
            if held is None:
                return None
            self._held.move_to_end(place)
            self._of_client[held.client].move_to_end(place)
            return held.proof

    def put(self, proof: Proof, client: str) -> bool:
        """Hold a proof at the expense of a client; False where it alone is larger than the store."""
        if proof.size_bytes > self._bounds.total_bytes or min(self._bounds.proofs, self._bounds.proofs_per_client) < 1:
            return False
        place = proof.digest, proof.version
        with self._lock:
            before = self._held.get(place)
            if before is not None:
                client = before.client
                self._drop(place)
            own = self._of_client.get(client, ())
            if len(own) >= self._bounds.proofs_per_client:
                self._evict(next(iter(own)))
            self._held[place] = _Held(proof, client)
            self._of_client.setdefault(client, OrderedDict())[place] = None
            self._versions.setdefault(proof.digest, set()).add(proof.version)
            self._bytes += proof.size_bytes
            while len(self._held) > self._bounds.proofs or self._bytes > self._bounds.total_bytes:
                self._evict(next(iter(self._held)))
        return True

    def evict(self, digest: str) -> int:
        """Forget a digest under every version, as a disagreement demands; how many proofs that were."""
        with self._lock:
            places = [(digest, version) for version in self._versions.get(digest, ())]
            for place in places:
                self._evict(place)
            return len(places)

    def proofs(self, version: str) -> tuple[Proof, ...]:
        """Every proof by the expert of one version, the least recently used first: what a new version must replay."""
        with self._lock:
            return tuple(held.proof for (_, held_version), held in self._held.items() if held_version == version)

    def _evict(self, place: _Place) -> None:
        self._drop(place)
        self._counted[2] += 1

    def _drop(self, place: _Place) -> None:
        held = self._held.pop(place)
        own = self._of_client[held.client]
        del own[place]
        if not own:
            del self._of_client[held.client]
        versions = self._versions[place[0]]
        versions.discard(place[1])
        if not versions:
            del self._versions[place[0]]
        self._bytes -= held.proof.size_bytes
