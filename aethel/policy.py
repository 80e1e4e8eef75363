"""What the operator of a mesh settles for a client's ledger: required checks, implicit exchange, rounding tolerance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_TOLERANCE_DIGITS = 80
"""Digits of one tolerance, as for amounts."""

MAX_POLICY_ENTRIES = 1_000
"""Tolerances, and required checks, of one client."""

_CODE_CHARS = 3


class PolicyError(ValueError):
    """The policy cannot be used; the message is one sentence that names the entry."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How strictly the Guardian reads a client's transactions; the default is as strict as can be.

    `required` lists checks (`G21`) that must have been made on every transaction that moves money: one without input
    is then a rejection. `implicit_exchange` lets an entry turn one commodity into another without stating a price.
    `rounding_tolerance` maps a commodity to how far the sum of an entry may be from zero, as exact decimal text in one
    unit. What an approval owes to the last two is listed among its assumptions. Raises PolicyError.
    """

    required: tuple[str, ...] = ()
    implicit_exchange: bool = False
    rounding_tolerance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if max(len(self.required), len(self.rounding_tolerance)) > MAX_POLICY_ENTRIES:
            raise PolicyError(f"more than {MAX_POLICY_ENTRIES} entries")
        for code in self.required:
            if not (len(code) == _CODE_CHARS and code[0] == "G" and code[1:].isascii() and code[1:].isdigit()):
                raise PolicyError(f"a required check is named `{_shown(code)}`, expected a code such as `G21`")
        for commodity, text in self.rounding_tolerance.items():
            if not _is_decimal(text):
                raise PolicyError(
                    f"the tolerance of `{_shown(commodity)}` is `{_shown(text)}`, expected decimal digits with at most "
                    "one decimal point"
                )
        object.__setattr__(self, "required", tuple(sorted(set(self.required))))
        object.__setattr__(self, "rounding_tolerance", dict(sorted(self.rounding_tolerance.items())))

    def is_strict(self) -> bool:
        """Whether nothing is settled: the default."""
        return not (self.required or self.implicit_exchange or self.rounding_tolerance)


STRICT = Policy()
"""Nothing is required beyond what a transaction carries, and nothing is tolerated."""


def policy_of_table(table: Mapping[str, object]) -> Policy:
    """The policy that TOML or JSON has as a table; raises PolicyError for whatever is none."""
    for name in table:
        if name not in ("required", "implicit_exchange", "rounding_tolerance"):
            raise PolicyError(f"`{_shown(name)}` is unknown, expected a setting of the ledger")
    required = table.get("required", [])
    if not isinstance(required, list) or not all(isinstance(code, str) for code in required):
        raise PolicyError("`required` is no list of texts, expected codes of checks")
    implicit = table.get("implicit_exchange", False)
    if not isinstance(implicit, bool):
        raise PolicyError("`implicit_exchange` is neither true nor false")
    tolerance = table.get("rounding_tolerance", {})
    if not isinstance(tolerance, dict) or not all(isinstance(text, str) for text in tolerance.values()):
        raise PolicyError("`rounding_tolerance` is no table of texts, expected exact amounts in quotes")
    return Policy(tuple(required), implicit, tolerance)


def _is_decimal(text: str) -> bool:
    whole, point, decimals = text.partition(".")
    digits = whole + decimals
    is_plain = whole.isdigit() and (decimals.isdigit() or not point) and (whole == "0" or whole[0] != "0")
    return text.isascii() and is_plain and len(digits) <= MAX_TOLERANCE_DIGITS


def _shown(text: str) -> str:
    """Text of the operator's file on one line and shortened."""
    return "".join(char if char.isprintable() and char != "`" else f"\\u{ord(char):04x}" for char in text[:80])
