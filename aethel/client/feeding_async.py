"""Feeds the questions of a program with an event loop into one stream after another, from a task of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from aethel.client.answers import Answered
from aethel.client.open_items import OpenItems
from aethel.request import Question
from aethel.runtime.deadline import Deadline

Questions = Iterable[Question] | AsyncIterable[Question]


class AsyncFeed:
    """Questions on their way: read from the caller's iterable while there is room, sent by whichever stream is open.

    Used as an asynchronous context manager; the task ends with it.
    """

    def __init__(self, questions: Questions, deadline_ms: int) -> None:
        self._questions = questions
        self._deadline_ms = deadline_ms
        self._items = OpenItems()
        self._changed = asyncio.Condition()
        self._error: BaseException | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def is_over(self) -> bool:
        """Whether all is answered; raises what the caller's iterable raised, once what it gave is answered."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._items.has_news)
        if self._items.is_over and self._error is not None:
            raise self._error
        return self._items.is_over

    async def frames(self) -> AsyncIterator[bytes]:
        """What one stream sends, until all is sent or the stream has ended."""
        stream = self._items.streams
        while True:
            async with self._changed:
                await self._changed.wait_for(
                    lambda: self._items.has_waiting or self._items.is_fed or self._items.streams != stream
                )
                if self._items.streams != stream or not self._items.has_waiting:
                    return
                frame = self._items.take_frame()
            yield frame

    async def answered(self, frame: bytes) -> list[Answered]:
        """The answers of a frame."""
        async with self._changed:
            answers = self._items.take_answers(frame)
            self._changed.notify_all()
        return answers

    async def refused(self) -> list[Answered]:
        """What could not be sent at all."""
        async with self._changed:
            refused = self._items.take_refused()
            self._changed.notify_all()
        return refused

    async def ended(self) -> bool:
        """The stream has ended; whether it has left questions open, which the next one sends again."""
        async with self._changed:
            self._items.ended()
            self._changed.notify_all()
        return self._items.has_open

    def left_ms(self) -> int:
        """How long the last open question still has, in milliseconds."""
        return self._items.left_ms()

    async def _read(self) -> None:
        try:
            async for question in _each(self._questions):
                async with self._changed:
                    await self._changed.wait_for(lambda: self._items.has_room)
                    self._items.add(question, Deadline.after_ms(self._deadline_ms))
                    self._changed.notify_all()
        except Exception as error:  # noqa: BLE001  raised where the caller reads
            self._error = error
        async with self._changed:
            self._items.is_fed = True
            self._changed.notify_all()


async def _each(questions: Questions) -> AsyncIterator[Question]:
    if isinstance(questions, AsyncIterable):
        async for question in questions:
            yield question
    else:
        for question in questions:
            yield question
