"""What is linear in whole numbers is decided: the solver gives up on hardly any of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from aethel.intent.obligations import Aspect, Obligation, obligations
from aethel.intent.reading import read
from aethel.intent.terms import Op, Sort, in_order
from aethel.prover.minimal import is_linear
from aethel.verdict import REFUTING_OUTCOMES, Outcome
from tests.fuzz.generator import generate
from tests.prover.asking import ask, outcomes
from tests.prover.test_mutants import TEMPLATES

FIRST = 5_000_000
"""The seed of the first random program."""

MOST_UNDECIDED = 0.001
"""The share of obligations that may stay open."""


def is_whole_and_linear(obligation: Obligation) -> bool:
    """Whether an obligation is about whole numbers, with products, quotients and remainders by constants alone."""
    terms = (*obligation.assumptions, obligation.claim)
    rational = any(node.op is Op.VAR and node.sort is Sort.RATIONAL for node in in_order(*terms))
    return not rational and is_linear(terms)


def decided(text: str) -> Iterator[bool]:
    """For each obligation of a text that is linear in whole numbers whether it was proved or refuted."""
    file = read(text.encode()).file
    if file is None:
        return
    said = outcomes(ask(text))
    divisors = {each.id for each in obligations(file) if each.aspect is Aspect.DIVISOR} & said.keys()
    for each in obligations(file):
        if each.id in said and is_whole_and_linear(each):
            assert said[each.id] is not Outcome.DISAGREEMENT, text
            if said[each.id] is Outcome.NOTHING_TO_CHECK:
                # Wherever it is zero, the interpreter stops at a divisor before it.
                assert each.aspect is Aspect.DIVISOR
                assert any(said[other] in REFUTING_OUTCOMES for other in divisors - {each.id}), text
            yield said[each.id] in (Outcome.PROVED, Outcome.NOTHING_TO_CHECK, *REFUTING_OUTCOMES)


def share_undecided(texts: Iterable[str]) -> tuple[float, int]:
    """The share of obligations that stay open, and how many were asked about."""
    counted = Counter(each for text in texts for each in decided(text))
    return counted[False] / counted.total(), counted.total()


def test_every_linear_obligation_of_the_templates_and_of_some_random_programs_is_decided() -> None:
    share, asked = share_undecided(
        [path.read_text() for path in TEMPLATES] + [generate(FIRST + n).text for n in range(8)]
    )
    assert asked > 300
    assert share == 0


@pytest.mark.full
@pytest.mark.timeout(1_800)
def test_hardly_any_linear_obligation_of_random_programs_stays_open() -> None:
    share, asked = share_undecided(generate(FIRST + n).text for n in range(2_000))
    print(f"{100 * share:.3f} % of {asked} linear obligations stay open")
    assert asked > 15_000
    assert share <= MOST_UNDECIDED


def test_a_product_of_two_unknowns_is_not_counted() -> None:
    text = "intent pay(a: Int, b: Int) { guard { a > 0; b > 0; } verify { a * b > 0; a * 3 / 2 >= a; } }"
    file = read(text.encode()).file
    assert file is not None
    assert [each.id for each in obligations(file) if each.id.startswith("post") and is_whole_and_linear(each)] == [
        "post.2"
    ]
