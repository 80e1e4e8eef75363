"""A question as it is put to an expert: written once, for whichever expert and process answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from aethel.request import Question
from aethel.v1 import expert_pb2, intent_pb2, verdict_pb2
from aethel.verdict import BY_NOBODY, ExpertVerdict, Source
from aethel.wire.agreement import is_about_another_program
from aethel.wire.convert_question import question_to_proto
from aethel.wire.convert_rules import rules_to_proto
from aethel.wire.convert_verdict import MalformedAnswer, verdict_from_proto


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with its message and that of the rules, which is None where they allow nothing."""

    question: Question
    message: intent_pb2.Question
    rules: expert_pb2.Rules | None

    @classmethod
    def of(cls, question: Question) -> Self:
        """Write a question; raises `RequestFault` (INVALID_REQUEST) where it cannot be written."""
        rules = question.rules
        return cls(question, question_to_proto(question), None if rules.is_empty() else rules_to_proto(rules))

    def verdict(self, name: str, transaction_id: str, message: verdict_pb2.ExpertVerdict) -> ExpertVerdict:
        """The verdict of an answer, if it is by the expert `name`, on this question and on this program.

        Raises `MalformedAnswer` where it is not. What an answer says of who served it is not believed.
        """
        verdict = verdict_from_proto(message)
        if transaction_id != self.question.transaction_id:
            raise MalformedAnswer("the answer is to another question")
        if verdict.expert_name != name:
            raise MalformedAnswer(f"the answer is by another expert, expected `{name}`")
        if is_about_another_program(self.question, verdict):
            raise MalformedAnswer("the answer is about another program")
        if verdict.source is Source.EXPERT and verdict.served == BY_NOBODY:
            return verdict
        return replace(verdict, source=Source.EXPERT, served=BY_NOBODY)
