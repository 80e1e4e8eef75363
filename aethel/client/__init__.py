"""The mesh for Python programs: questions and typed answers, for programs that block and for event loops."""

from __future__ import annotations

from aethel.client.answers import Answer, Answered
from aethel.client.asynchronous import AsyncClient
from aethel.client.endpoint import Tls
from aethel.client.errors import (
    AlreadyAnswered,
    Broken,
    ClientError,
    DeadlineExceeded,
    InvalidQuestion,
    NotAllowed,
    NotApproved,
    NotKept,
    NotRedeemed,
    Unavailable,
    UnknownId,
)
from aethel.client.guard import guarded
from aethel.client.questions import Value, ask
from aethel.client.retrying import NEVER, Retrying
from aethel.client.synchronous import Client

__all__ = [
    "NEVER",
    "AlreadyAnswered",
    "Answer",
    "Answered",
    "AsyncClient",
    "Broken",
    "Client",
    "ClientError",
    "DeadlineExceeded",
    "InvalidQuestion",
    "NotAllowed",
    "NotApproved",
    "NotKept",
    "NotRedeemed",
    "Retrying",
    "Tls",
    "Unavailable",
    "UnknownId",
    "Value",
    "ask",
    "guarded",
]
