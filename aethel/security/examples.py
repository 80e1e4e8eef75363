"""One question of each class that the Sentinel refuses or flags, and one like it that it passes."""

from __future__ import annotations

from dataclasses import dataclass, field

from aethel.request import Context, Question
from aethel.rules import Rules
from aethel.security.classes import SecurityClass
from aethel.transaction import DoubleEntry


@dataclass(frozen=True, slots=True)
class Example:
    """What is asked about: the text of an intent with its arguments and inputs, or else the name of a payee."""

    text: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    payee: str = ""
    known_payees: tuple[str, ...] = field(default=())

    @property
    def question(self) -> Question:
        """The question that puts the example to an expert."""
        rules = Rules(payees=self.known_payees)
        if not self.text:
            return Question("example", transaction=DoubleEntry((), payee=self.payee), rules=rules)
        context = Context(inputs=dict(self.inputs))
        return Question(
            "example", intent_text=self.text.encode(), arguments=dict(self.arguments), context=context, rules=rules
        )


def _limit(guard: str) -> str:
    return f"intent cap(a: Int) {{ guard {{ {guard} }} verify {{ a > 0; }} }}"


def _loop(turns: int) -> str:
    return (
        "intent pay(a: Account, b: Account, n: Balance) { guard { n > 0; old_a_balance >= n * 3; } "
        f"effect {{ for i in 0..{turns} {{ transfer(a, b, n); }} }} verify {{ n > 0; }} }}"
    )


EXAMPLES: dict[SecurityClass, tuple[Example, Example]] = {
    SecurityClass.CANONICAL_TEXT: (Example(payee="Rent\u0000 Ltd"), Example(payee="Łódź Søn & Zoe\u0308")),
    SecurityClass.BIDI_CONTROLS: (
        Example(payee="WRIGGLE \u202dDANCE\u202c"),
        Example(payee="שלום \u2067(בע״מ)\u2069 Ltd"),
    ),
    SecurityClass.INVISIBLE: (Example(payee="Pay\u200bPal"), Example(payee="می\u200cخواهم 👨\u200d👩\u200d👧")),
    SecurityClass.HOMOGLYPHS: (
        Example(payee="PayPaI", known_payees=("PayPal",)),
        Example(payee="Müller Москва GmbH", known_payees=("PayPal",)),
    ),
    SecurityClass.LOOPS: (
        Example(_loop(2_000_000)),
        Example(_loop(3)),
    ),
    SecurityClass.RESOURCES: (Example(payee="a" * 5_000), Example(payee="a" * 140)),
    SecurityClass.PARAMETER_CONFUSION: (
        Example(_limit("a > 0;"), arguments=(("a", "1"),), inputs=(("A", "2"),)),
        Example(_limit("a > 0;"), arguments=(("a", "1"),)),
    ),
}
"""By class, what is found and what passes; each class that is implemented has a pair."""
