"""Where the solvers differ: an alert, and a file with which anybody can see it again."""

from __future__ import annotations

from pathlib import Path

from aethel.prover.tasks import Reproducer
from aethel.runtime.logs import EventLog

FOLDER = Path(".aethel") / "disagreements"
"""Where reproducers are kept, below the folder the process runs in."""

_log = EventLog(__name__)


def keep_reproducer(found: Reproducer) -> None:
    """Write a reproducer, once for the same text, and say so in the log; a full disk costs the file alone."""
    path = FOLDER / found.name
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(found.text, encoding="utf-8")
    except OSError as error:
        _log.error("a disagreement of the solvers could not be kept", exception=error, incident=found.name)
    _log.error("two solvers disagree about an obligation", incident=found.name)
