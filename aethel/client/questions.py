"""Questions as a program writes them: a text or a transaction, with values of Python's own exact types."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

from aethel.request import Context, Question, Scope
from aethel.transaction import Transaction

Value: TypeAlias = str | int | Decimal
"""A value of a parameter or cell; a `bool` is an `int`. Fractions of money are `Decimal` or text, never `float`."""

_NOTHING: Mapping[str, Value] = MappingProxyType({})


def ask(  # noqa: PLR0913  one parameter for each part of a question
    subject: str | bytes | Transaction,
    arguments: Mapping[str, Value] = _NOTHING,
    *,
    transaction_id: str | None = None,
    balances: Mapping[str, Value] = _NOTHING,
    inputs: Mapping[str, Value] = _NOTHING,
    accounts: Mapping[str, str] = MappingProxyType({}),
    scope: Scope = Scope.GIVEN,
    with_evidence: bool = False,
) -> Question:
    """The question whether a text of intents, or a structured transaction, may execute with these values.

    Without `transaction_id` it gets one of its own: name it where a second call must be known as the same one. Raises
    TypeError for a value that is no exact one.
    """
    text = subject.encode() if isinstance(subject, str) else subject
    return Question(
        transaction_id=f"sdk-{secrets.token_hex(16)}" if transaction_id is None else transaction_id,
        intent_text=text if isinstance(text, bytes) else None,
        transaction=None if isinstance(text, bytes) else text,
        arguments=_exact(arguments),
        context=Context(balances=_exact(balances), inputs=_exact(inputs), accounts=dict(accounts)),
        scope=scope,
        with_evidence=with_evidence,
    )


def _exact(values: Mapping[str, Value]) -> dict[str, str]:
    return {name: _text(name, value) for name, value in values.items()}


def _text(name: str, value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case Decimal() if value.is_finite():
            return f"{value:f}"
        case _:
            raise TypeError(f"`{name}` is a {type(value).__name__}, expected text, an int or a finite Decimal")
