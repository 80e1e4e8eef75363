"""What is done to operands and amounts is done to many programs, and is what it says."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from aethel.intent.obligations import Aspect, Obligation, obligations
from aethel.intent.reading import read
from aethel.intent.terms import Op, in_order
from tests.fuzz.generator import Case, generate
from tests.fuzz.operands import commuted, turned
from tests.fuzz.oracle import Oracle
from tests.fuzz.printing import Style, print_file
from tests.fuzz.states import State, complete, sampled

CASES = [case for case in map(generate, range(6_000_000, 6_000_200)) if case.file is not None]


def _stores_part_of_a_unit(case: Case) -> bool:
    """Whether an intent stores what is not whole in a state that is inside the hypotheses."""
    reading = read(case.text.encode())
    assert reading.file is not None
    listed = obligations(reading.file)
    for position, program in enumerate(reading.file.programs):
        oracle = Oracle(reading, position, listed)
        asked = {each.id for each in oracle.obligations if each.aspect is Aspect.STORE and _asks_for_whole(each)}
        if asked:
            roots = [each.claim for each in oracle.obligations]
            tried: Iterable[State] = sampled(program, roots, 50, Random(case.seed))
            if case.domains is not None:
                tried = complete(program, case.domains[position])
            seen = map(oracle.glance, tried)
            if any(each is not None and each.supposed and asked & each.failing for each in seen):
                return True
    return False


def _asks_for_whole(obligation: Obligation) -> bool:
    return any(node.op is Op.IS_INT for node in in_order(obligation.claim))


def test_one_program_in_a_hundred_stores_what_is_not_whole() -> None:
    assert sum(map(_stores_part_of_a_unit, CASES)) >= len(CASES) / 100


def test_operands_whose_order_counts_can_be_swapped_in_most_programs() -> None:
    swapped = [turned(case.file, Random(case.seed)) for case in CASES if case.file is not None]
    assert sum(file is not None for file in swapped) >= len(CASES) / 2


def test_operands_whose_order_says_nothing_are_swapped_in_most_programs() -> None:
    assert sum(commuted(case.file, Random(case.seed)) != case.file for case in CASES if case.file is not None) >= (
        len(CASES) / 2
    )


def test_a_text_with_operands_swapped_is_still_an_intent() -> None:
    for case in CASES[:40]:
        assert case.file is not None
        other = turned(case.file, Random(case.seed))
        if other is not None:
            assert read(print_file(other, Style(Random(case.seed))).encode()).file is not None
