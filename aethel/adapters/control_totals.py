"""Control totals (G31): what a file says it holds, beside what it does hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from aethel.adapters.adapted import Adapted
from aethel.wire.exact_json import RowError, shown


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """The totals of one group of transactions at `path`; a `stated_` one is None where the file states none.

    `stated_sum_at` is the path of the stated sum. The sum is of the bare numbers, whatever their currencies, as ISO
    20022 defines it; `found_sum` is None where an amount is no number.
    """

    path: str
    stated_count: int | None
    found_count: int
    stated_sum: Decimal | None
    found_sum: Decimal | None
    stated_sum_at: str = "CtrlSum"

    def faults(self) -> tuple[str, ...]:
        """One sentence for each total that differs from the contents."""
        found: list[str] = []
        if self.stated_count is not None and self.stated_count != self.found_count:
            where = shown(f"{self.path}/NbOfTxs")
            found.append(f"G31: {where} is {self.stated_count}, expected {self.found_count}, the transactions it holds")
        if self.stated_sum is not None and self.stated_sum != self.found_sum:
            where = shown(f"{self.path}/{self.stated_sum_at}")
            expected = "a number for every amount" if self.found_sum is None else f"{self.found_sum:f}, their sum"
            found.append(f"G31: {where} is {self.stated_sum:f} over {self.found_count} amounts, expected {expected}")
        return tuple(found)


def held_to(totals: Sequence[ControlTotals], rows: Sequence[Adapted]) -> tuple[Adapted, ...]:
    """The rows, each an error where a total over them differs: nobody can tell which of them is wrong or missing.

    A row that is an error already stays the error it is.
    """
    faults = [fault for total in totals for fault in total.faults()]
    if not faults:
        return tuple(rows)
    return tuple(
        row if isinstance(row.subject, RowError) else Adapted(RowError(faults[0], row.subject.transaction_id))
        for row in rows
    )
