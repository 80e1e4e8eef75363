"""The table of the checks: complete, in order, and what the document says."""

from aethel.ledger.catalogue import CATALOGUE, kinds_of
from tests.guardian_table import DOCUMENT, with_table


def test_every_check_of_the_design_is_listed_in_order() -> None:
    assert [check.code for check in CATALOGUE] == [f"G{number:02}" for number in range(1, 35)]


def test_what_judges_the_request_alone_is_made_on_some_kind() -> None:
    elsewhere = {"G02", "G03", "G25", "G26", "G27", "G28"}
    assert {check.code for check in CATALOGUE if not kinds_of(check.code)} <= elsewhere


def test_the_document_has_the_table_of_the_code() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(text) == text
