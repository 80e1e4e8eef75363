"""One reading of a text for all who ask about it in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

import aethel.intent.instance
import aethel.intent.readings
from aethel.assets import ISO_4217_DECIMALS, Registry
from aethel.intent.reading import Reading, read
from aethel.intent.readings import KEPT


@contextmanager
def read_once() -> Iterator[None]:
    """Let all experts of this process share one reading of a question, where each would read it for itself.

    Reading is pure, and what it gives is not written to; so this changes the time of a run and nothing else.
    """
    KEPT.forget()
    known: dict[object, Reading] = {}

    def remembered(
        text: bytes,
        given: Mapping[str, str] | None = None,
        balances: frozenset[str] = frozenset(),
        *,
        assets: Registry = ISO_4217_DECIMALS,
    ) -> Reading:
        key = (text, tuple(sorted((given or {}).items())), balances)
        if key not in known:
            assert assets == ISO_4217_DECIMALS
            known[key] = read(text, given, balances)
        return known[key]

    with (
        patch.object(aethel.intent.instance, "read", remembered),
        patch.object(aethel.intent.readings, "read", remembered),
    ):
        yield
