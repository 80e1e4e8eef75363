"""The classes as data agree with what the Sentinel does: every example of one is found or passes as it says."""

import pytest

from aethel.security.catalogue import CATALOGUE, Entry, entry, graded
from aethel.security.classes import SecurityClass
from aethel.security.examples import EXAMPLES
from aethel.verdict import Disposition, Finding, Impact, Vote
from bench.documents import PAGE, page, read_figures
from tests.security.questions import PAYMENT, ask_payee, ask_text, sentinel


def test_every_class_is_listed_once_in_order_of_precedence() -> None:
    assert [each.class_ for each in CATALOGUE] == list(SecurityClass)
    assert all(each.cwe for each in CATALOGUE)
    assert [entry(each.class_) for each in CATALOGUE] == list(CATALOGUE)


def test_a_verdict_says_what_became_of_every_class_and_each_has_examples() -> None:
    decided = {result.id for verdict in (ask_text(PAYMENT), ask_payee("a")) for result in verdict.obligations}
    assert decided == {each.class_.value for each in CATALOGUE}
    assert EXAMPLES.keys() == set(SecurityClass)


@pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: each.class_.value)
def test_what_is_shown_as_found_is_found_with_what_the_catalogue_says(each: Entry) -> None:
    verdict = sentinel().verify(EXAMPLES[each.class_][0].question, 100.0)
    found = [one for one in verdict.findings if one.code == each.class_.value]
    assert {one.disposition for one in found} == {each.disposition}
    assert {one.cwe for one in found} <= set(each.cwe)
    assert {one.impact for one in found} == {each.impact}
    assert (verdict.code == each.class_.value) is (each.disposition is Disposition.REJECT)


@pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: each.class_.value)
def test_what_is_shown_as_passing_passes(each: Entry) -> None:
    verdict = sentinel().verify(EXAMPLES[each.class_][1].question, 100.0)
    assert verdict.verdict is Vote.APPROVE
    assert all(found.disposition is Disposition.ADVISE for found in verdict.findings)


def test_a_finding_that_states_an_impact_keeps_it() -> None:
    stated = Finding("S04", "x", impact=Impact.LOW)
    assert graded([stated, Finding("S16", "y")]) == (stated, Finding("S16", "y", impact=Impact.CRITICAL))


def test_the_document_is_the_one_that_make_docs_writes() -> None:
    assert PAGE.read_text("utf-8") == page(read_figures())
