"""The gate of this mesh, from the settings that name its clients and how many are served at once."""

from __future__ import annotations

from aethel.clients.book import BookError
from aethel.clients.book_file import BookFile
from aethel.clients.gate import ClientGate
from aethel.clients.line import Line
from aethel.runtime.access import CLIENTS_FILE, Access
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import Metrics
from aethel.runtime.settings import SettingsError

_log = EventLog(__name__)


def gate_of(access: Access, metrics: Metrics) -> ClientGate:
    """The gate; raises SettingsError where the clients cannot be read at the start."""
    line = Line(access.places)
    if access.clients_file is None:
        _log.warning("no clients are configured, so everybody who reaches this process may ask")
        return ClientGate(None, line, metrics)
    file = BookFile(access.clients_file)
    try:
        book = file.current()
    except BookError as error:
        raise SettingsError((f"{CLIENTS_FILE.name}: {error}",)) from error
    _log.info("clients are configured", count=len(book.clients))
    return ClientGate(file, line, metrics)
