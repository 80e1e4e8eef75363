"""Every text of declared terms is read, exactly, or refused."""

from dataclasses import replace

import pytest

from aethel.terms import Terms
from aethel.transaction import DoubleEntry
from aethel.verdict import Vote
from tests.ledger.entries import codes, verdict
from tests.ledger.full_terms import LEGS, STATES, TERMS, TIMES, full, with_each_text


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-inf", "1e3", "+1", "1,000", "1_000", " 1", "1 ", "0x1", "01", "١", "1.", ".5", "€1"]
)
def test_no_number_of_the_terms_is_read_unless_it_is_plain(text: str) -> None:
    for path, terms in with_each_text(TERMS, text, exact=True):
        found = verdict(DoubleEntry(LEGS, states=STATES, terms=terms))
        assert found.verdict is Vote.REJECT, path
        assert any(finding.code == "G04" and "expected" in finding.message for finding in found.findings), path


def test_every_number_of_the_terms_matters() -> None:
    unread = [path for path, terms in with_each_text(TERMS, "987654321", exact=True) if not codes(full_of(terms))]
    # What may be larger without harm: bounds, what is locked, and an original that less of is refunded.
    harmless = ("cap", "most", "age_bound_s", "deviation_bound", "value_days", "locked", "window")
    harmful = [path for path in unread if ".original[" not in path]
    assert [path for path in harmful if not path.endswith(tuple(f".{name}[0]" for name in harmless))] == []


def full_of(terms: Terms) -> DoubleEntry:
    return DoubleEntry(LEGS, payee="Shop Ltd", states=STATES, terms=terms)


@pytest.mark.parametrize("text", ["2026-02-30", "20260102", "2026-01-02T10:00", "now", "2026-01-02T24:00:00Z", "١"])
def test_a_date_or_time_that_is_none_is_refused(text: str) -> None:
    for path, times in with_each_text(TIMES, text, exact=False):
        assert "G29" in codes(full(times=times)), path
    for path, limit in with_each_text(TERMS.limits[1], text, exact=False):
        if "opens" in path or "closes" in path:
            assert "G29" in codes(full(limits=(limit,))), path
    assert "G29" in codes(full(exchanges=(replace(TERMS.exchanges[0], quoted_at=text),)))
