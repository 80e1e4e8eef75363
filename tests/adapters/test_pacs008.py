"""pacs.008: settled and instructed amounts, charges between them, and the totals of the header."""

import pytest

from aethel.adapters.formats import Format
from tests.adapters.files import APPROVED, REJECTED, changed, entry, legs, outcome, said

DEBTOR = "DE89370400440532013000"
TOTAL = '<TtlIntrBkSttlmAmt Ccy="EUR">1588.00</TtlIntrBkSttlmAmt>'


def of(*changes: tuple[str, str]) -> list[str]:
    return outcome(*changed(Format.PACS_008, *changes))


def test_each_transfer_is_an_entry_with_the_charges_that_were_taken() -> None:
    rows = changed(Format.PACS_008)
    assert [row.subject.transaction_id for row in rows] == ["COBA-20260303-7/TX-1", "COBA-20260303-7/TX-2"]
    assert legs(rows[0]) == [(DEBTOR, "-1500.00", "EUR"), ("FR1420041010050500013M02606", "1500.00", "EUR")]
    assert legs(rows[1]) == [
        (DEBTOR, "-100.00", "EUR"),
        ("charges of COBADEFFXXX", "12.00", "EUR"),
        ("GB29NWBK60161331926819", "88.00", "EUR"),
    ]
    assert [entry(row).date for row in rows] == ["2026-03-03"] * 2
    assert outcome(*rows) == [APPROVED] * 2


@pytest.mark.parametrize("change", [(">100.00<", ">100.01<"), (">12.00<", ">11.99<")])
def test_an_instructed_amount_that_the_charges_do_not_explain_is_rejected(change: tuple[str, str]) -> None:
    assert of(change) == [APPROVED, REJECTED]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((">1500.00<", ">1500.10<"), "G31: `GrpHdr/TtlIntrBkSttlmAmt` is 1588.00 over 2 amounts, expected 1588.10"),
        ((">1588.00<", ">1587.00<"), "G31: `GrpHdr/TtlIntrBkSttlmAmt` is 1587.00 over 2 amounts, expected 1588.00"),
        (("<NbOfTxs>2", "<NbOfTxs>3"), "G31: `GrpHdr/NbOfTxs` is 3, expected 2"),
        (("</NbOfTxs>", "</NbOfTxs><CtrlSum>1588.01</CtrlSum>"), "G31: `GrpHdr/CtrlSum` is 1588.01"),
    ],
)
def test_a_total_that_differs_fails_every_transfer(change: tuple[str, str], message: str) -> None:
    found = of(change)
    assert len(found) == 2
    assert all(one.startswith(f"error: {message}") for one in found)


def test_a_currency_that_is_not_that_of_the_total_is_an_error() -> None:
    first, _ = of(('<IntrBkSttlmAmt Ccy="EUR">1500.00', '<IntrBkSttlmAmt Ccy="USD">1500.00'))
    assert "CdtTrfTxInf[1]/IntrBkSttlmAmt/@Ccy` is `USD`, expected `EUR`" in first


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("<SttlmMtd>CLRG", "<SttlmMtd>COVE"), "GrpHdr/SttlmInf/SttlmMtd COVE"),
        (("<ChrgBr>SLEV", "<XchgRate>1.1</XchgRate><ChrgBr>SLEV"), "CdtTrfTxInf[1]/XchgRate"),
        (("<ChrgBr>SLEV", "<PoolgAdjstmntDt>2026-03-01</PoolgAdjstmntDt><ChrgBr>SLEV"), "PoolgAdjstmntDt"),
    ],
)
def test_what_is_not_understood_is_never_approved(change: tuple[str, str], field: str) -> None:
    found = of(change)[0]
    assert found.startswith("not understood: pacs.008 with ")
    assert field in found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (('<InstdAmt Ccy="EUR">', '<InstdAmt Ccy="USD">'), "CdtTrfTxInf[2]/InstdAmt USD beside IntrBkSttlmAmt EUR"),
        (('<Amt Ccy="EUR">12', '<Amt Ccy="USD">12'), "ChrgsInf[1]/Amt USD beside IntrBkSttlmAmt EUR"),
        (("26819</IBAN></Id>", "26819</IBAN></Id><Ccy>GBP</Ccy>"), "CdtrAcct/Ccy GBP beside IntrBkSttlmAmt EUR"),
        (
            ("<FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></Agt>", "<FinInstnId/></Agt>"),
            "ChrgsInf[1] of no agent",
        ),
        (("SHAR", "DEBT"), "CdtTrfTxInf[2]/ChrgsInf beside ChrgBr DEBT"),
        (('<InstdAmt Ccy="EUR">100.00</InstdAmt>', ""), "beside ChrgBr SHAR and no InstdAmt"),
    ],
)
def test_an_exchange_or_charges_nobody_explains_are_never_approved(change: tuple[str, str], field: str) -> None:
    first, second = of(change)
    assert first == APPROVED
    assert second.startswith("not understood: pacs.008 with ")
    assert field in second


def test_a_charge_of_zero_says_that_none_was_taken() -> None:
    rows = changed(Format.PACS_008, (">12.00<", ">0.00<"), (">100.00<", ">88.00<"))
    assert len(legs(rows[1])) == 2
    assert said(rows[1]) == APPROVED


def test_a_date_of_message_and_transfer_both_is_an_error() -> None:
    first, _ = of(("<ChrgBr>SLEV", "<IntrBkSttlmDt>2026-03-04</IntrBkSttlmDt><ChrgBr>SLEV"))
    assert "`CdtTrfTxInf[1]/IntrBkSttlmDt` is given for the message and for the transfer" in first


def test_without_a_total_the_transfers_stand_alone() -> None:
    assert of((TOTAL, "")) == [APPROVED] * 2
