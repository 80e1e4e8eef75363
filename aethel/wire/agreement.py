"""Whether sender and expert mean the same program, so that two versions never silently read one text differently."""

from __future__ import annotations

from aethel.request import Question
from aethel.verdict import ExpertVerdict, Vote


def is_about_another_program(question: Question, verdict: ExpertVerdict) -> bool:
    """Whether the sender expects a digest and the verdict bears another.

    An expert that gave up before it lowered the text abstains without a digest, which says nothing of its reading.
    """
    gave_up = verdict.verdict is Vote.ABSTAIN and not verdict.program_digest
    return bool(question.expected_digest) and verdict.program_digest != question.expected_digest and not gave_up
