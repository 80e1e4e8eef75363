"""What a client's policy lets an entry be off by: a rounding tolerance, and an exchange without a stated price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from aethel.ledger.amounts import PRICE, Refused, scan
from aethel.ledger.exact import ZERO
from aethel.ledger.wording import plain, quoted
from aethel.policy import Policy


@dataclass(frozen=True, slots=True)
class Leniency:
    """What is allowed although it does not sum to zero.

    `tolerated` maps a commodity to how far it is off and how far it may be. `exchanged` is empty, or the two
    commodities of an exchange without a price, the one that is given first, each with its sum.
    """

    tolerated: Mapping[str, tuple[Decimal, Decimal]]
    exchanged: tuple[tuple[str, Decimal], ...] = ()

    def excused(self) -> frozenset[str]:
        """The commodities whose sum need not be zero."""
        return frozenset((*self.tolerated, *(commodity for commodity, _ in self.exchanged)))

    def sentences(self) -> tuple[str, ...]:
        """What an approval owes to the policy, for the verdict."""
        said = [
            f"commodity {quoted(name)} is off by {plain(off)}, and the client's rules tolerate {plain(most)}"
            for name, (off, most) in self.tolerated.items()
        ]
        if self.exchanged:
            (given, gave), (got, gotten) = self.exchanged
            said.append(
                f"{plain(gave.copy_abs())} {quoted(given)} become {plain(gotten)} {quoted(got)} "
                "without a stated price, which the client's rules allow"
            )
        return tuple(said)


NO_LENIENCY = Leniency({})
"""Every commodity must sum to zero."""


def leniency(sums: Mapping[str, Decimal], *, priced: bool, policy: Policy) -> Leniency:
    """What `policy` allows of these sums per commodity; `priced` says whether any leg states a price.

    An exchange without a price is one commodity given for another: exactly two that are off, to opposite sides, where
    no leg states a price. Anything else is an error, not an exchange.
    """
    if policy.is_strict():
        return NO_LENIENCY
    off = {name: total for name, total in sums.items() if total != ZERO}
    tolerated: dict[str, tuple[Decimal, Decimal]] = {}
    for name, total in off.items():
        most = scan(policy.rounding_tolerance.get(name, ""), PRICE)
        if not isinstance(most, Refused) and total.copy_abs() <= most:
            tolerated[name] = (total, most)
    rest = sorted(((name, total) for name, total in off.items() if name not in tolerated), key=lambda each: each[1])
    is_exchange = policy.implicit_exchange and not priced and len(rest) == 2 and rest[0][1] < ZERO < rest[1][1]
    return Leniency(tolerated, tuple(rest) if is_exchange else ())
