"""A transaction as the checks of its terms see it: signed movements, their sums, and the state they start from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aethel.ledger.exact import ZERO, add, negated
from aethel.terms import Terms

Holding = tuple[str, str]
"""An account and a commodity."""


@dataclass(frozen=True, slots=True)
class Move:
    """One leg, numbered from 1: what it adds to an account, negative where the account is debited.

    `paired_in` is the commodity in which it stands against other legs of its `group` (an entry, or one transfer).
    A leg that is not `posted` reserves only; one that does not `spend` was counted when it was reserved.
    """

    leg: int
    account: str
    commodity: str
    amount: Decimal
    paired_in: str
    group: int = 0
    posted: bool = True
    spends: bool = True


@dataclass(frozen=True, slots=True)
class Flows:
    """Sums of movements: `net` per holding, what leaves (`out`) and reaches (`into`) each, all of them positive.

    `out_of_any` is what leaves any account per commodity.
    """

    net: Mapping[Holding, Decimal]
    out: Mapping[Holding, Decimal]
    into: Mapping[Holding, Decimal]
    out_of_any: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Known:
    """What is given of one account's state before; `balance` is None and the texts are empty where not given."""

    account: str
    commodity: str
    balance: Decimal | None
    nonce: str
    version: str


@dataclass(frozen=True, slots=True)
class Declared:
    """The subject of the checks of terms. `moves` is None where some amount is not known.

    `flows` sums all movements, `spent` those that count against limits, `posted` those that change balances.
    `contents` are the amounts that batch totals are about; `payee` is the name the transaction states.
    """

    terms: Terms
    moves: tuple[Move, ...] | None
    flows: Flows
    spent: Flows
    posted: Flows
    states: tuple[Known, ...]
    contents: tuple[Decimal, ...]
    payee: str = ""

    def balances(self) -> dict[Holding, Decimal]:
        """The balances before, per holding."""
        return {(state.account, state.commodity): state.balance for state in self.states if state.balance is not None}


def declare(
    terms: Terms,
    moves: Sequence[Move] | None,
    states: Iterable[Known],
    contents: Iterable[Decimal],
    payee: str = "",
) -> Declared:
    """The subject made of its parts; work is linear in movements and states."""
    legs = () if moves is None else tuple(moves)
    flows = _flows(legs)
    return Declared(
        terms=terms,
        moves=None if moves is None else legs,
        flows=flows,
        spent=flows if all(move.spends for move in legs) else _flows(move for move in legs if move.spends),
        posted=flows if all(move.posted for move in legs) else _flows(move for move in legs if move.posted),
        states=tuple(states),
        contents=tuple(contents),
        payee=payee,
    )


def _flows(moves: Iterable[Move]) -> Flows:
    net: dict[Holding, Decimal] = {}
    out: dict[Holding, Decimal] = {}
    into: dict[Holding, Decimal] = {}
    out_of_any: dict[str, Decimal] = {}
    for move in moves:
        holding = (move.account, move.commodity)
        net[holding] = add(net.get(holding, ZERO), move.amount)
        if move.amount < ZERO:
            left = negated(move.amount)
            out[holding] = add(out.get(holding, ZERO), left)
            out_of_any[move.commodity] = add(out_of_any.get(move.commodity, ZERO), left)
        elif move.amount > ZERO:
            into[holding] = add(into.get(holding, ZERO), move.amount)
    return Flows(net, out, into, out_of_any)
