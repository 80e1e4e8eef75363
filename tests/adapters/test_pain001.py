"""pain.001: every credit transfer becomes one entry, or says which element stands in the way."""

import pytest

from aethel.adapters.formats import Format, read_format
from tests.adapters.files import APPROVED, changed, entry, example, legs, outcome, said

DEBTOR = "DE89370400440532013000"
THREE = [APPROVED] * 3


def of(*changes: tuple[str, str]) -> list[str]:
    return outcome(*changed(Format.PAIN_001, *changes))


def without_sums(*changes: tuple[str, str]) -> str:
    """What becomes of the first transfer in a file that states no sums."""
    sums = ("<CtrlSum>2800.50</CtrlSum>", ""), ("<CtrlSum>2550.50</CtrlSum>", "")
    return of(*sums, *changes)[0]


def test_each_transfer_is_an_entry_from_debtor_to_creditor() -> None:
    rows = changed(Format.PAIN_001)
    assert [row.subject.transaction_id for row in rows] == [
        "MSG-2026-031/SALARIES/SALARY-MILA",
        "MSG-2026-031/SALARIES/SALARY-DAAN",
        "MSG-2026-031/RENT/RENT-03",
    ]
    assert legs(rows[0]) == [(DEBTOR, "-1500.00", "EUR"), ("FR1420041010050500013M02606", "1500.00", "EUR")]
    assert legs(rows[2]) == [(DEBTOR, "-250", "EUR"), ("NWBKGB2L/31926819", "250", "EUR")]
    first = entry(rows[0])
    assert (first.date, first.payee, first.code) == ("2026-03-03", "Mila Arnaud", "SALARY-MILA")
    assert outcome(*rows) == THREE


def test_charges_are_assumed_in_the_open() -> None:
    rows = changed(Format.PAIN_001)
    assert [row.assumptions for row in rows[1:]] == [
        ("no charges beyond the message (`ChrgBr` is `SLEV`)",),
        ("no charges beyond the message (`ChrgBr` is `absent`)",),
    ]


def test_the_version_of_2009_is_read_alike() -> None:
    old = example(Format.PAIN_001).replace("pain.001.001.09", "pain.001.001.03").replace("BICFI", "BIC")
    old = old.replace("<Dt>2026-03-03</Dt>", "2026-03-03")
    assert read_format(Format.PAIN_001, old.encode()) == changed(Format.PAIN_001)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("<NbOfTxs>3", "<NbOfTxs>4"), "G31: `GrpHdr/NbOfTxs` is 4, expected 3"),
        (("<CtrlSum>2800.50", "<CtrlSum>2800.51"), "G31: `GrpHdr/CtrlSum` is 2800.51 over 3 amounts, expected 2800.50"),
        ((">1500.00<", ">1500.01<"), "G31: `PmtInf[1]/CtrlSum` is 2550.50 over 2 amounts, expected 2550.51"),
    ],
)
def test_a_total_that_differs_fails_every_transfer_under_it(change: tuple[str, str], message: str) -> None:
    found = of(change)
    assert found[0].startswith(f"error: {message}")
    assert APPROVED not in found


def test_a_block_whose_totals_differ_leaves_the_other_blocks_alone() -> None:
    first, second, third = of(("<NbOfTxs>2", "<NbOfTxs>1"))
    assert first == second == "error: G31: `PmtInf[1]/NbOfTxs` is 1, expected 2, the transactions it holds"
    assert third == APPROVED


def test_an_amount_that_is_no_number_leaves_no_sum_to_trust() -> None:
    found = of((">1050.50<", ">1.050,50<"))
    assert "`PmtInf[1]/CdtTrfTxInf[2]/Amt/InstdAmt` is `1.050,50`, expected plain digits" in found[1]
    assert "expected a number for every amount" in found[2]


@pytest.mark.parametrize(
    "text", ["-5", "+5", "1e3", "05", ".5", "5.", "1,000.00", "NaN", "٣", "0", "0.00", "1" * 19, "1 0", "0x1"]
)
def test_an_amount_is_plain_digits_above_zero(text: str) -> None:
    found = without_sums((">1500.00<", f">{text}<"))
    assert found.startswith("error: `PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt` is `")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('Ccy="EUR">1500.00', 'Ccy="JPY">1500.00'), "expected at most the 0 decimals of `JPY`"),
        ((">1500.00<", ">1500.005<"), "expected at most the 2 decimals of `EUR`"),
        (('Ccy="EUR"', 'Ccy="EUX"'), "`PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt/@Ccy` is `EUX`, expected a currency"),
        (('Ccy="EUR"', 'Ccy="eur"'), "is `eur`, expected a currency"),
        ((' Ccy="EUR"', ""), "`PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt/@Ccy` is missing"),
        (
            ("FR14", "FR15"),
            "CdtrAcct/Id/IBAN` is `FR1520041010050500013M02606`, expected an IBAN whose check digits fit",
        ),
        (("FR1420041010050500013M02606", "GB29NWBK6016133192681٩"), "expected an IBAN"),
        (("<PmtId><EndToEndId>SALARY-MILA</EndToEndId></PmtId>", ""), "CdtTrfTxInf[1]/PmtId` is missing"),
        (("SALARY-MILA", "X" * 36), "EndToEndId` is 36 characters long, expected 1 to 35"),
        (("<Dt>2026-03-03", "<Dt>2026-02-30"), "`PmtInf[1]/ReqdExctnDt` is `2026-02-30`, expected a date"),
        (
            ("<Cdtr><Nm>Mila", "<ChrgBr>DEBT</ChrgBr><Cdtr><Nm>Mila"),
            "`PmtInf[1]/CdtTrfTxInf[1]/ChrgBr` is given for the",
        ),
        (("SLEV", "FREE"), "`ChrgBr` is `FREE`, expected"),
        (("<Amt><", "<Amt>5<"), "`PmtInf[1]/CdtTrfTxInf[1]/Amt` holds text `5` between its elements"),
    ],
)
def test_what_breaks_a_rule_is_named_with_its_place(change: tuple[str, str], message: str) -> None:
    found = without_sums(change)
    assert found.startswith("error: ")
    assert message in found


def inserted(element: str) -> tuple[str, str]:
    return "<Cdtr><Nm>Mila", f"{element}<Cdtr><Nm>Mila"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (inserted("<XchgRateInf><XchgRate>1.1</XchgRate></XchgRateInf>"), "CdtTrfTxInf[1]/XchgRateInf"),
        (inserted("<InstrForCdtrAgt><Cd>CHQB</Cd></InstrForCdtrAgt>"), "CdtTrfTxInf[1]/InstrForCdtrAgt"),
        (inserted("<SplmtryData/>"), "CdtTrfTxInf[1]/SplmtryData"),
        (inserted('<Purp xmlns="urn:other"/>'), "CdtTrfTxInf[1]/{urn:other}Purp"),
        (("<PmtMtd>TRF", "<PmtMtd>CHK"), "PmtInf[1]/PmtMtd CHK"),
        (("<Ccy>EUR", "<Ccy>USD"), "DbtrAcct/Ccy USD beside PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt EUR"),
        (('Ccy="EUR">1500.00', 'Ccy="USD">1500.00'), "DbtrAcct/Ccy EUR beside"),
        (('Ccy="EUR"', 'Ccy="XAU"'), "InstdAmt/@Ccy XAU"),
        (("<CreDtTm>", "<Authstn><Cd>FDET</Cd></Authstn><CreDtTm>"), "pain.001 with GrpHdr/Authstn"),
        (('<InstdAmt Ccy="EUR">', '<InstdAmt Ccy="EUR" nil="1">'), "Amt/InstdAmt/@nil"),
        (("<CdtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id></CdtrAcct>", ""), "no PmtInf[1]/CdtTrfTxInf[1]"),
        (("<IBAN>FR1420041010050500013M02606</IBAN>", "<Othr><Id>7</Id></Othr>"), "CdtrAcct/Id/Othr at no agent"),
    ],
)
def test_what_may_change_a_payment_and_is_not_understood_is_never_approved(change: tuple[str, str], field: str) -> None:
    found = without_sums(change)
    assert found.startswith("not understood: pain.001 with ")
    assert field in found


def test_an_equivalent_amount_is_not_understood_and_still_counts_in_the_sum() -> None:
    equivalent = '<EqvtAmt><Amt Ccy="EUR">1500.00</Amt><CcyOfTrf>USD</CcyOfTrf></EqvtAmt>'
    first, second, _ = of(('<InstdAmt Ccy="EUR">1500.00</InstdAmt>', equivalent))
    assert first == "not understood: pain.001 with PmtInf[1]/CdtTrfTxInf[1]/Amt/EqvtAmt"
    assert second == APPROVED


def test_an_element_given_twice_is_no_choice_between_the_two() -> None:
    twice = '<InstdAmt Ccy="EUR">1500.00</InstdAmt>'
    assert "`PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt` is given 2 times" in without_sums((twice, twice * 2))


def test_a_reference_used_twice_is_taken_once() -> None:
    first, second, third = of(("SALARY-DAAN", "SALARY-MILA"))
    assert (first, third) == (APPROVED, APPROVED)
    assert second.startswith("error: G01: the identifier `MSG-2026-031/SALARIES/SALARY-MILA` is used twice")


def test_a_transfer_without_a_reference_is_named_by_its_place() -> None:
    rows = changed(Format.PAIN_001, ("<InstrId>RENT-03</InstrId>", ""))
    assert rows[2].subject.transaction_id == "MSG-2026-031/RENT/#3"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("pain.001.001.09", "pain.001.001.99"), "expected `Document` of `pain.001.001.03`, `pain.001.001.09`"),
        (("<MsgId>MSG-2026-031</MsgId>", ""), "`GrpHdr/MsgId` is missing"),
        (("<NbOfTxs>3</NbOfTxs>", ""), "`GrpHdr/NbOfTxs` is missing"),
        (("<NbOfTxs>3", "<NbOfTxs>three"), "`GrpHdr/NbOfTxs` is `three`, expected digits"),
        (("<CtrlSum>2800.50", "<CtrlSum>2.8e3"), "`GrpHdr/CtrlSum` is `2.8e3`"),
        (("<PmtInfId>RENT</PmtInfId>", ""), "`PmtInf[2]/PmtInfId` is missing"),
    ],
)
def test_a_file_that_is_none_as_a_whole_is_one_error(change: tuple[str, str], message: str) -> None:
    (row,) = changed(Format.PAIN_001, change)
    assert message in said(row)


def test_a_file_without_transfers_is_an_error() -> None:
    text = example(Format.PAIN_001)
    empty = text[: text.index("<PmtInf>")] + text[text.rindex("</PmtInf>") + len("</PmtInf>") :]
    (row,) = read_format(Format.PAIN_001, empty.encode())
    assert said(row) == "error: `CstmrCdtTrfInitn` holds no transaction, expected at least one"
