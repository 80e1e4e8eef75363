"""Who calls: set by admission for the request that is being served, read by whoever serves it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a caller may ask for."""

    VERIFY = "verify"
    SETTLE = "settle"
    REVIEW = "review"
    OPERATE = "operate"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated client; the empty name is nobody in particular, who may do everything where nobody is known."""

    name: str = ""
    roles: frozenset[Role] = frozenset(Role)


ANYBODY = Caller()

CALLER: ContextVar[Caller] = ContextVar("caller", default=ANYBODY)
"""The caller of the request at hand."""
