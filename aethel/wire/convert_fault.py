"""Faults to protobuf messages and back, for answers that travel beside others and so have no status of their own."""

from __future__ import annotations

from aethel.runtime.faults import Reason, RequestFault
from aethel.v1 import expert_pb2


def fault_to_proto(fault: RequestFault) -> expert_pb2.Fault:
    """The message of a fault."""
    return expert_pb2.Fault(reason=fault.reason.value, message=fault.message)


def fault_from_proto(message: expert_pb2.Fault) -> RequestFault:
    """The fault of a message; a reason that is not in the closed list reads as INTERNAL."""
    known = message.reason in Reason.__members__
    return RequestFault(Reason(message.reason) if known else Reason.INTERNAL, message.message)
