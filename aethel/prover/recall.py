"""Recall: instances of what is proved, decided by evaluating its hypotheses; a text seen before is not even read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aethel.intent.instance import Instance
from aethel.intent.program import IntentFile
from aethel.intent.reading import Reading, read
from aethel.prover.known import Known, settlements, skeleton_of
from aethel.prover.lines import assumptions
from aethel.prover.settled import Settlement
from aethel.prover.store import Proof
from aethel.prover.template import Decision, template_of, template_of_skeleton
from aethel.prover.template_index import Found
from aethel.request import Question, Scope
from aethel.rules import Rules
from aethel.verdict import ExpertVerdict


@dataclass(frozen=True, slots=True)
class Recalled:
    """Every obligation of an instance as it was proved; `found` by what, None where it is of these values alone."""

    settled: tuple[Settlement, ...]
    found: Found | None


class Recall:
    """Decides complete instances of texts and skeletons that are proved for all values.

    The proofs that are known at the moment decide. What is kept besides only saves work: a template, and the verdict on
    a text, count as long as the very proof that they were made of is the one by which the text would be decided
    if it were read. Safe to use from several threads.
    """

    def __init__(self, known: Known) -> None:
        self._known = known

    def verdict(self, question: Question) -> ExpertVerdict | None:
        """What was said of the text before, where reading and proving would lead to the same words; else None.

        An approval by a proof for all values says nothing of the given ones, but that they fulfil its hypotheses.
        """
        if question.intent_text is None or question.scope is not Scope.GIVEN:
            return None
        found = self._known.templates.kept(_place(question.intent_text, question.rules))
        if found is None or found.verdict is None:
            return None
        if question.expected_digest not in ("", found.verdict.program_digest):
            return None
        bound = found.template.bind(question.arguments, question.context)
        if bound is None:
            return None
        checked = found.template.check(bound, found.literals)
        if checked.decision is not Decision.APPROVE or checked.open:
            return None
        return found.verdict if self._counts(found, found.verdict.program_digest) else None

    def approved(self, question: Question, instance: Instance) -> Recalled | None:
        """The settlements of a complete instance by a proof of its text, or of its skeleton, and no solver.

        None where nothing of the kind is proved, or where a hypothesis of the proof is false on the given values.
        """
        file = instance.reading.file
        assert file is not None
        proof = self._known.proof(file.digest)
        found, is_lasting = self._lifted(question, instance) if proof is None else self._own(instance, proof)
        if found is None:
            return None
        checked = found.template.check_file(instance.values, found.literals)
        if checked.decision is not Decision.APPROVE or checked.open:
            return None
        settled = settlements(file, found.template.results)
        return None if settled is None else Recalled(settled, found if is_lasting else None)

    def keep(self, instance: Instance, found: Found, verdict: ExpertVerdict) -> None:
        """Recall this verdict for other values of the same text, where nothing of it depends on what is given."""
        by_nobody = assumptions(instance, frozenset())
        if by_nobody == assumptions(instance, frozenset(found.template.given_names)):
            said = verdict if verdict.assumptions == by_nobody else replace(verdict, assumptions=by_nobody)
            self._known.templates.add(_place_of(instance), replace(found, verdict=said))

    def _own(self, instance: Instance, proof: Proof) -> tuple[Found | None, bool]:
        """The template of the text itself, and whether it is one for all that may be given with it."""
        place = _place_of(instance)
        kept = self._known.templates.kept(place)
        if kept is not None and kept.template.proof is proof:
            return kept, True
        plain = _plain(instance)
        template = template_of(plain or instance.reading, proof)
        if template is None:
            return None, False
        found = Found(template)
        if plain is not None:
            self._known.templates.add(place, found)
        return found, plain is not None

    def _lifted(self, question: Question, instance: Instance) -> tuple[Found | None, bool]:
        """The template of the skeleton with the literals of the text."""
        file = instance.reading.file
        assert file is not None
        if _issues(file):
            return None, False
        place, text, templates = _place_of(instance), instance.reading.text, self._known.templates
        kept = templates.find(text) if place == text else templates.kept(place)
        if kept is not None and self._counts(kept, file.digest):
            # What is bound so has not changed the reading; otherwise reading once more tells.
            is_plain = kept.template.bind(question.arguments, question.context) is not None
            if is_plain or _plain(instance) is not None:
                return kept, True
        skeleton = skeleton_of(instance)
        proof = None if skeleton is None else self._known.proof(skeleton.digest)
        template = None if skeleton is None or proof is None else template_of_skeleton(skeleton, proof)
        if skeleton is None or template is None:
            return None, False
        if place == text:
            templates.add_skeleton(skeleton, template)
        return Found(template, tuple(literal.value for literal in skeleton.literals)), True

    def _counts(self, found: Found, digest: str) -> bool:
        """Whether the template is the one by which a text of this digest is decided: its own before its skeleton's."""
        own, proof = self._known.proof(digest), found.template.proof
        if found.template.digest == digest:
            return own is proof
        return own is None and self._known.proof(found.template.digest) is proof


def _place(text: bytes, rules: Rules) -> bytes:
    """Where a template of the text is kept: what assets the rules add is part of how it reads."""
    return text if not rules.assets else b"%s\0%s" % (text, repr(tuple(rules.assets.items())).encode())


def _place_of(instance: Instance) -> bytes:
    assert instance.reading.file is not None
    return _place(instance.reading.text, instance.reading.file.rules)


def _plain(instance: Instance) -> Reading | None:
    """The reading of the text without the given values, where it is the same; None also where rules take part."""
    file = instance.reading.file
    assert file is not None
    if _issues(file):
        return None
    plain = read(instance.reading.text, assets=instance.reading.assets)
    return plain if plain.file is not None and plain.file.digest == file.digest else None


def _issues(file: IntentFile) -> bool:
    """Whether rules, which are no part of a digest, say what the file may do."""
    return any(program.issues for program in file.programs)
