"""A transaction as the checks of its terms see it: signed movements, their sums, and the state they start from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, TypeVar

from aethel.ledger.exact import ZERO, add, negated
from aethel.terms import NO_TERMS, Terms

Holding = tuple[str, str]
"""An account and a commodity."""

Key = TypeVar("Key")


class Move(NamedTuple):
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


class Flows:
    """Sums of movements, each made when it is first asked for; work is linear in the movements."""

    def __init__(self, moves: Sequence[Move]) -> None:
        self._moves = moves

    @cached_property
    def net(self) -> Mapping[Holding, Decimal]:
        """What is added to each holding in all, negative where more leaves it."""
        return _sums([((account, commodity), amount) for _, account, commodity, amount, _, _, _, _ in self._moves])

    @cached_property
    def out(self) -> Mapping[Holding, Decimal]:
        """What leaves each holding that anything leaves, positive."""
        moves = self._moves
        return _sums([((move.account, move.commodity), negated(move.amount)) for move in moves if move.amount < ZERO])

    @cached_property
    def into(self) -> Mapping[Holding, Decimal]:
        """What reaches each holding that anything reaches."""
        return _sums([((move.account, move.commodity), move.amount) for move in self._moves if move.amount > ZERO])

    @cached_property
    def out_of_any(self) -> Mapping[str, Decimal]:
        """What leaves any account per commodity, positive."""
        return _sums([(commodity, amount) for (_, commodity), amount in self.out.items()])


class Known(NamedTuple):
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
    *,
    all_count: bool = False,
) -> Declared:
    """The subject made of its parts; work is linear in movements and states.

    `all_count` says that every movement is posted and spends, as those of a journal entry are.
    """
    legs = () if moves is None else tuple(moves)
    flows = Flows(legs)
    spending: Sequence[Move] = legs if all_count else [move for move in legs if move.spends]
    posting: Sequence[Move] = legs if all_count else [move for move in legs if move.posted]
    return Declared(
        terms=terms,
        moves=None if moves is None else legs,
        flows=flows,
        spent=flows if len(spending) == len(legs) else Flows(spending),
        posted=flows if len(posting) == len(legs) else Flows(posting),
        states=tuple(states),
        contents=tuple(contents),
        payee=payee,
    )


NOTHING_DECLARED = declare(NO_TERMS, None, (), ())
"""A transaction without terms whose states carry no version: no check of terms looks at it."""


def _sums(amounts: Iterable[tuple[Key, Decimal]]) -> Mapping[Key, Decimal]:
    sums: dict[Key, Decimal] = {}
    for key, amount in amounts:
        before = sums.get(key)
        sums[key] = amount if before is None else add(before, amount)
    return sums
