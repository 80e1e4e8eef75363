"""The answers to the rows of a batch, one after another in their order, from this process or from the mesh."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import assert_never

from aethel.cli.batch_mesh import AT_ONCE, ask_all
from aethel.cli.batch_rows import Asked, chunks
from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import RequestFault
from aethel.runtime.settings import Settings
from aethel.verdict import MOEResult
from aethel.wire.client import RemoteMesh
from aethel.wire.exact_json import RowError
from aethel.wire.rows import error_row, result_to_row

_CHUNK_BYTES = 1024 * 1024
"""Bytes of the rows of one call, well below the largest message."""

Answer = tuple[Asked, dict[str, object]]
"""A row and the row that answers it."""


async def answers(rows: Iterable[Asked], address: Address | None, settings: Settings) -> AsyncIterator[Answer]:
    """Every row with its answer, in the order of the rows, holding no more of them than one call takes.

    The mesh at `address` answers, or the experts in this process for None. Raises `MeshUnavailable`.
    """
    if address is None:
        from aethel.cli.local_panel import open_panel  # noqa: PLC0415  a mesh is asked without loading the experts

        panel = open_panel(settings)
        for row in rows:
            yield row, _row(row, panel.ask(row.subject) if isinstance(row.subject, Question) else row.subject)
        return
    async with open_channel(address, settings.max_message_bytes, settings.access) as channel:
        mesh = RemoteMesh(channel)
        for chunk in chunks(rows, AT_ONCE, _CHUNK_BYTES):
            for row, outcome in zip(chunk, await _of_mesh(mesh, chunk, settings), strict=True):
                yield row, _row(row, outcome)


async def _of_mesh(
    mesh: RemoteMesh, chunk: Sequence[Asked], settings: Settings
) -> list[MOEResult | RequestFault | RowError]:
    questions = [row.subject for row in chunk if isinstance(row.subject, Question)]
    answered = iter(await ask_all(mesh, questions, settings.request_timeout_ms))
    return [row.subject if isinstance(row.subject, RowError) else next(answered) for row in chunk]


def _row(row: Asked, outcome: MOEResult | RequestFault | RowError) -> dict[str, object]:
    match outcome:
        case MOEResult():
            return result_to_row(replace(outcome, assumptions=(*outcome.assumptions, *row.assumptions)))
        case RowError():
            return error_row(outcome.transaction_id, outcome.message)
        case RequestFault():
            transaction_id = row.subject.transaction_id
            return error_row(transaction_id, f"{outcome.reason}: {outcome.message}")
    assert_never(outcome)
