"""Writes the table of the Guardian's checks into its document: `python -m tests.guardian_table`."""

from aethel.ledger.catalogue import table
from tests.tools import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "guardian.md"
BEGINS = "<!-- The table up to the next mark is written by `make docs`. -->\n"
ENDS = "<!-- End of the table. -->\n"


def with_table(text: str) -> str:
    """`text` with the table between its marks as the code has it."""
    before, begins, rest = text.partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    assert begins, "the document has no mark where its table begins"
    assert ends, "the document has no mark where its table ends"
    return f"{before}{BEGINS}\n{table()}\n{ENDS}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
