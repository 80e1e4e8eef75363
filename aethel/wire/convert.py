"""Domain values to protobuf messages and back; the servicer and the clients convert through here only."""

from __future__ import annotations

from aethel.wire.convert_question import MAX_ID_CHARS, question_from_proto, question_to_proto
from aethel.wire.convert_verdict import (
    MalformedAnswer,
    result_from_proto,
    result_to_proto,
    verdict_from_proto,
    verdict_to_proto,
)

__all__ = [
    "MAX_ID_CHARS",
    "MalformedAnswer",
    "question_from_proto",
    "question_to_proto",
    "result_from_proto",
    "result_to_proto",
    "verdict_from_proto",
    "verdict_to_proto",
]
