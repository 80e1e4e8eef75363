"""Certificates whose content was changed: refused, or true all the same."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from certificate_checker import Refused, check
from tests.prover.certificate.files import opened, signed, single_files
from tests.prover.certificate.stated import is_shown

Document = dict[str, Any]


def rows(document: Document) -> list[list[Any]]:
    """The sums of rows in the proof."""
    return [step[1] for step in proof(document) if step[0] in ("cut", "farkas")]


def proof(document: Document) -> list[list[Any]]:
    found: list[list[Any]] = obligation(document).get("proof", [])
    return found


def obligation(document: Document) -> Document:
    found: Document = document["programs"][0]["obligations"][0]
    return found


def another_multiplier(document: Document, random: Random) -> None:
    row = random.choice(random.choice(rows(document)))
    row[0] = random.choice([-row[0], row[0] + 1, row[0] - 1, 0, 2 * row[0]])


def all_multipliers_negative(document: Document, random: Random) -> None:
    for row in random.choice(rows(document)):
        row[0] = -row[0]


def a_row_less(document: Document, random: Random) -> None:
    parts = random.choice(rows(document))
    parts.pop(random.randrange(len(parts)))


def another_row(document: Document, random: Random) -> None:
    row = random.choice(random.choice(rows(document)))
    if random.random() < 0.5:
        row[1] = random.choice(
            ["true", "false", "then", "else", "below", "above", "second below", "second above", "row"]
        )
    else:
        row[2] = random.randrange(len(document["programs"][0]["terms"]))


def a_hypothesis_less(document: Document, random: Random) -> None:
    assumed = obligation(document)["assume"]
    assumed.pop(random.randrange(len(assumed)))


def another_claim(document: Document, random: Random) -> None:
    obligation(document)["claim"] = random.randrange(len(document["programs"][0]["terms"]))


def a_step_less(document: Document, random: Random) -> None:
    steps = proof(document)
    steps.pop(random.randrange(len(steps)))


def two_steps_exchanged(document: Document, random: Random) -> None:
    steps = proof(document)
    first, second = random.randrange(len(steps)), random.randrange(len(steps))
    steps[first], steps[second] = steps[second], steps[first]


def a_step_twice(document: Document, random: Random) -> None:
    steps = proof(document)
    steps.insert(random.randrange(len(steps) + 1), random.choice(steps))


def another_number_in_a_step(document: Document, random: Random) -> None:
    step = random.choice([each for each in proof(document) if isinstance(each[1], int)])
    step[1] += random.choice([-1, 1])


def another_constant(document: Document, random: Random) -> None:
    terms = document["programs"][0]["terms"]
    term = random.choice([each for each in terms if each[0] in ("integer", "fraction")])
    term[1] += random.choice([-1, 1, 10**6])


def another_operator(document: Document, random: Random) -> None:
    kinds = (("<", "<=", "=="), ("and", "or"), ("floor_div", "ceil_div", "half_even_div", "%", "/"), ("+", "*"))
    term = random.choice([each for each in document["programs"][0]["terms"] if any(each[0] in kind for kind in kinds)])
    (kind,) = [kind for kind in kinds if term[0] in kind]
    term[0] = random.choice(kind)


def another_argument(document: Document, random: Random) -> None:
    terms = document["programs"][0]["terms"]
    place = random.choice([place for place, term in enumerate(terms) if len(term) > 2 and term[0] != "fraction"])
    terms[place][random.randrange(1, len(terms[place]))] = random.randrange(place)


def another_sort(document: Document, random: Random) -> None:
    random.choice(document["programs"][0]["variables"])[1] = random.choice(["integer", "rational", "truth", "identity"])


def another_value(document: Document, random: Random) -> None:
    values = obligation(document)["values"]
    place = random.choice([place for place, value in enumerate(values) if type(value) is int])
    values[place] += random.choice([-1, 1, 10**20, -(10**20)])


def the_proof_of_another(document: Document, random: Random) -> None:
    obligation(document)["proof"] = proof(opened(random.choice(single_files())))


MUTATIONS: tuple[Callable[[Document, Random], None], ...] = (
    another_multiplier,
    all_multipliers_negative,
    a_row_less,
    another_row,
    a_hypothesis_less,
    another_claim,
    a_step_less,
    two_steps_exchanged,
    a_step_twice,
    another_number_in_a_step,
    another_constant,
    another_operator,
    another_argument,
    another_sort,
    another_value,
    the_proof_of_another,
)


def mutate(seed: int) -> bytes | None:
    """A file with one or two changes of its content and a checksum that fits; None where nothing was to change."""
    random = Random(seed)
    document = opened(random.choice(single_files()))
    before = signed(document)
    for _ in range(random.choice([1, 1, 2])):
        try:
            random.choice(MUTATIONS)(document, random)
        except (IndexError, KeyError, ValueError):
            return None
    after = signed(document)
    return None if after == before else after


def survivors(seeds: range) -> tuple[int, list[int]]:
    """How many mutants there were, and the seeds of those that the checker accepts."""
    count, accepted = 0, []
    for seed in seeds:
        data = mutate(seed)
        if data is None:
            continue
        count += 1
        try:
            check(data)
        except Refused:
            continue
        accepted.append(seed)
    return count, accepted


def is_true(seed: int) -> bool:
    data = mutate(seed)
    assert data is not None
    return is_shown(opened(data))


def test_a_thousand_changed_certificates_are_refused_or_true() -> None:
    count, accepted = survivors(range(1_700))
    assert count >= 1_000
    assert len(accepted) < count // 4
    assert [seed for seed in accepted if not is_true(seed)] == []


@pytest.mark.full
@pytest.mark.timeout(600)
def test_ten_thousand_changed_certificates_are_refused_or_true() -> None:
    count, accepted = survivors(range(10_000, 27_000))
    assert count >= 10_000
    assert [seed for seed in accepted if not is_true(seed)] == []
