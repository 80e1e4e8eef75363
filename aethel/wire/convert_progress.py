"""Steps of a verification to protobuf messages and back."""

from __future__ import annotations

import math
from typing import assert_never

from aethel.progress import Concluded, Event, ExpertHeard, ExpertsChosen, Failed, QuestionAdmitted, QuestionRead, Step
from aethel.v1 import expert_pb2, verdict_pb2, watching_pb2
from aethel.wire.convert_fault import fault_from_proto
from aethel.wire.convert_verdict import (
    MalformedAnswer,
    result_from_proto,
    result_to_proto,
    verdict_from_proto,
    verdict_to_proto,
)


def step_to_proto(step: Step) -> watching_pb2.VerificationServiceWatchResponse:
    """The message of a step."""
    message = watching_pb2.VerificationServiceWatchResponse(after_ms=step.after_ms)
    match step.event:
        case QuestionAdmitted(transaction_id=transaction_id):
            message.admitted.transaction_id = transaction_id
        case QuestionRead(program_digest=digest, language_version=version, required=required):
            read = watching_pb2.QuestionRead(
                program_digest=digest, language_version=version, required_obligations=required
            )
            message.read.CopyFrom(read)
        case ExpertsChosen(experts=experts, skipped=skipped):
            named = [verdict_pb2.NamedValue(name=name, value=why) for name, why in skipped]
            message.chosen.CopyFrom(watching_pb2.ExpertsChosen(experts=experts, skipped=named))
        case ExpertHeard(name=name, verdict=verdict, degraded=degraded):
            heard = watching_pb2.ExpertHeard(expert_name=name, degraded=degraded)
            if verdict is not None:
                heard.verdict.CopyFrom(verdict_to_proto(verdict))
            message.heard.CopyFrom(heard)
        case Concluded(result=result):
            message.result.CopyFrom(result_to_proto(result))
        case Failed(reason=reason, message=said):
            message.fault.CopyFrom(expert_pb2.Fault(reason=reason, message=said))
        case _:
            assert_never(step.event)
    return message


def step_from_proto(message: watching_pb2.VerificationServiceWatchResponse) -> Step | None:
    """The step of a message, None for one that this version does not know; raises `MalformedAnswer`."""
    if not math.isfinite(message.after_ms) or message.after_ms < 0:
        raise MalformedAnswer("the time of a step is no duration")
    event = _event(message)
    return None if event is None else Step(message.after_ms, event)


def _event(message: watching_pb2.VerificationServiceWatchResponse) -> Event | None:
    match message.WhichOneof("step"):
        case "admitted":
            return QuestionAdmitted(message.admitted.transaction_id)
        case "read":
            read = message.read
            return QuestionRead(read.program_digest, read.language_version, read.required_obligations)
        case "chosen":
            skipped = tuple((one.name, one.value) for one in message.chosen.skipped)
            return ExpertsChosen(tuple(message.chosen.experts), skipped)
        case "heard":
            heard = message.heard
            verdict = verdict_from_proto(heard.verdict) if heard.HasField("verdict") else None
            return ExpertHeard(heard.expert_name, verdict, heard.degraded)
        case "result":
            return Concluded(result_from_proto(message.result))
        case "fault":
            fault = fault_from_proto(message.fault)
            return Failed(fault.reason.value, fault.message)
        case None:
            return None
