"""Laws of the adapters: nothing that was changed slips through, and no bytes whatever break a reader."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.adapters.adapted import Adapted
from aethel.adapters.formats import Format, read_format
from aethel.assets import ISO_4217_DECIMALS
from aethel.request import Question
from tests.adapters.files import APPROVED, changed, example, outcome

CENTS = st.integers(min_value=1, max_value=10**12)
STATED = {
    Format.PAIN_001: [">1500.00<", ">1050.50<", ">250<", ">2800.50<", ">2550.50<"],
    Format.PACS_008: [">1500.00<", ">88.00<", ">100.00<", ">12.00<", ">1588.00<"],
}
"""Every amount and every sum of the examples that state sums."""


def written(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


@given(st.sampled_from([(form, at) for form, places in STATED.items() for at in places]), CENTS)
def test_a_changed_amount_or_sum_is_never_approved_throughout(place: tuple[Format, str], cents: int) -> None:
    form, old = place
    rows = changed(form, (old, f">{written(cents)}<"))
    same = Decimal(written(cents)) == Decimal(old.strip("<>"))
    assert (set(outcome(*rows)) == {APPROVED}) is same


CURRENCIES = st.one_of(st.sampled_from(sorted(ISO_4217_DECIMALS)), st.text("ABCEURX", min_size=0, max_size=4))


@given(st.sampled_from(list(STATED)), st.integers(min_value=0, max_value=4), CURRENCIES)
def test_a_changed_currency_is_never_approved_throughout(form: Format, which: int, currency: str) -> None:
    pieces = example(form).split('Ccy="EUR"')
    at = 1 + which % (len(pieces) - 1)
    text = f'Ccy="{currency}"'.join(('Ccy="EUR"'.join(pieces[:at]), 'Ccy="EUR"'.join(pieces[at:])))
    rows = read_format(form, text.encode())
    assert (set(outcome(*rows)) == {APPROVED}) is (currency == "EUR")


@given(CENTS, CENTS)
def test_a_purchase_pays_what_its_cart_costs(first: int, second: int) -> None:
    rows = changed(
        Format.AP2,
        ('"value": 124.99}}\n        }', f'"value": {written(first)}}}}}\n        }}'),
        ('"value": 120.0}', f'"value": {written(first)}}}'),
        ('"value": 4.99}', '"value": 0.00}'),
        ('"value": 124.99}', f'"value": {written(second)}}}'),
    )
    assert (outcome(*rows) == [APPROVED]) is (first == second)


@given(st.integers(min_value=0, max_value=2**256), st.integers(min_value=0, max_value=2**256))
def test_an_authorization_pays_exactly_what_was_required(value: int, required: int) -> None:
    for amount in (value, required):
        rows = changed(Format.X402, ('"amount": "10000"', f'"amount": "{required}"'), ('"10000"', f'"{amount}"'))
        expected = amount == required and 0 < amount < 2**256
        assert (outcome(*rows) == [APPROVED]) is expected


@pytest.mark.parametrize("form", list(Format))
@given(st.binary(max_size=200))
def test_no_bytes_break_a_reader(form: Format, content: bytes) -> None:
    assert_rows(read_format(form, content))


@pytest.mark.parametrize("form", list(Format))
@given(st.data())
def test_no_damage_to_a_good_file_breaks_a_reader(form: Format, data: st.DataObject) -> None:
    content = example(form).encode()
    start = data.draw(st.integers(min_value=0, max_value=len(content)))
    end = data.draw(st.integers(min_value=start, max_value=min(len(content), start + 40)))
    piece = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"<", b"}", b"[]", b"null", b"1e999", b"&x;"])))
    assert_rows(read_format(form, content[:start] + piece + content[end:]))


def assert_rows(rows: tuple[Adapted, ...]) -> None:
    """Every row is a question with an identifier or an error with a sentence."""
    assert rows
    for row in rows:
        assert row.subject.transaction_id if isinstance(row.subject, Question) else row.subject.message
