"""The store of this mesh, from the setting that names it."""

from __future__ import annotations

import asyncio

from aethel.runtime.catalogue import STORE
from aethel.runtime.logs import EventLog
from aethel.runtime.settings import Settings, SettingsError
from aethel.store.grouping import Grouped
from aethel.store.interface import StoreUnavailable, StoreUnusable
from aethel.store.opening import open_database, store_name
from aethel.store.store import Store

_log = EventLog(__name__)


async def open_store(settings: Settings) -> Store | None:
    """The store, None where none is kept; raises SettingsError where it cannot be used as it is.

    A store that is away does not stop the start: every request then says so, until it is back.
    """
    if settings.store is None:
        return None
    try:
        database = open_database(store_name(settings.store, settings.state_dir))
        try:
            await asyncio.to_thread(database.check)
        except StoreUnavailable as error:
            _log.error("the store is away", exception=error)
    except StoreUnusable as error:
        raise SettingsError((f"{STORE.name} names a store that cannot be used: {error}",)) from error
    return Store(database, Grouped(database))
