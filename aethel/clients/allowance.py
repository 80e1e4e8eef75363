"""What is left to the client whose request is being served, and what its request uses of it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from typing import Protocol

from aethel.runtime.deadline import Deadline


class Allowance(Protocol):
    """The share of one client, during one of its calls."""

    def item(self, deadline: Deadline) -> AbstractAsyncContextManager[None]:
        """A place for one question of a stream, once it is its turn; counts as one request, and the client is looked up
        again. Raises RequestFault where the question is refused.
        """
        ...

    def charge_requests(self, count: int) -> None:
        """Count questions beyond the one that a call is let in for."""
        ...

    def charge_solver(self, spent_ms: float) -> None:
        """Count time of a solver, in milliseconds, once it was spent."""
        ...

    def solver_left_ms(self) -> int | None:
        """Time of a solver that is left, in milliseconds; None where it is not counted."""
        ...


class _Unlimited:
    """Of whoever is nobody in particular."""

    def item(self, deadline: Deadline) -> AbstractAsyncContextManager[None]:  # noqa: ARG002  the signature is the same
        return nullcontext()

    def charge_requests(self, count: int) -> None:
        """Nothing is counted."""

    def charge_solver(self, spent_ms: float) -> None:
        """Nothing is counted."""

    def solver_left_ms(self) -> int | None:
        return None


UNLIMITED: Allowance = _Unlimited()

ALLOWANCE: ContextVar[Allowance] = ContextVar("allowance", default=UNLIMITED)
"""The allowance of the request at hand."""
