"""Proving texts and skeletons for all values, as a first request for them would."""

from __future__ import annotations

from dataclasses import replace

from aethel.intent.program import IntentFile
from aethel.intent.reading import Reading
from aethel.intent.skeleton import Skeleton, lift
from aethel.prover.alarm import Alarm
from aethel.prover.rounds import examine
from aethel.prover.store import Proof, proof_of
from aethel.prover.template import Template, template_of, template_of_skeleton
from aethel.verdict import ObligationResult
from tests.intent.readings import reading

VERSION = "expert 1"


def results_of_solver(file: IntentFile, read: Reading) -> list[ObligationResult]:
    """What the solver finds for every obligation of a file, nothing being given."""
    with Alarm(30_000) as alarm:
        examined = examine(replace(read, file=file), tuple({} for _ in file.programs), alarm, 50_000_000)
    return [settled.result for _, settled in examined.settled]


def proved(text: str) -> Proof:
    """The proof of a text."""
    found = reading(text)
    assert found.file is not None
    proof = proof_of(found.file, results_of_solver(found.file, found), VERSION)
    assert proof is not None
    return proof


def template(text: str) -> Template:
    """The template of a text, proved for all values."""
    made = template_of(reading(text), proved(text))
    assert made is not None
    return made


def skeleton_template(text: str) -> tuple[Skeleton, Template]:
    """The skeleton of a text and its template, proved for all literals and values."""
    skeleton = lift(reading(text))
    assert skeleton is not None
    proof = proof_of(skeleton.file, results_of_solver(skeleton.file, skeleton.reading), VERSION)
    assert proof is not None
    made = template_of_skeleton(skeleton, proof)
    assert made is not None
    return skeleton, made
