"""A program whose disk is full for a while: `python -m tests.store.filling FOLDER`; a line for each thing it found."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from aethel.store.entry import Phase
from aethel.store.grouping import Grouped
from aethel.store.interface import StoreUnavailable
from aethel.store.opening import open_database
from aethel.store.store import Store
from tests.store.payments import owner
from tests.store.recorded import approve, names_of, note, problems

NO_ROOM_BYTES = 512
"""How far files may be written: less than any page of the database."""


def main(folder: Path) -> None:
    """Fill the disk, empty it again."""
    database = open_database(str(folder / "store.db"))
    store = Store(database, Grouped(database))
    note(store, "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (NO_ROOM_BYTES, hard))
    for use in (lambda: note(store, "lost"), lambda: approve(store, "unpaid")):
        try:
            use()
        except StoreUnavailable:
            print("unavailable")
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    approve(store, "paid")
    print(store.phase(owner("unpaid")) in (None, Phase.PENDING), *names_of(database), len(problems(database)))
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
