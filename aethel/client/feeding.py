"""Feeds the questions of a program that blocks into one stream after another, from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from aethel.client.answers import Answered
from aethel.client.open_items import OpenItems
from aethel.request import Question
from aethel.runtime.deadline import Deadline


class Feed:
    """Questions on their way: read from the caller's iterable while there is room, sent by whichever stream is open.

    Used as a context manager; the thread ends with it, or as soon as the iterable gives its next question.
    """

    def __init__(self, questions: Iterable[Question], deadline_ms: int) -> None:
        self._questions = questions
        self._deadline_ms = deadline_ms
        self._items = OpenItems()
        self._changed = threading.Condition()
        self._error: BaseException | None = None
        self._is_left = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._read, name="aethel-questions", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_left = True
            self._items.ended()
            self._changed.notify_all()

    def is_over(self) -> bool:
        """Whether all is answered; raises what the caller's iterable raised, once what it gave is answered."""
        with self._changed:
            self._changed.wait_for(lambda: self._items.has_news)
            if self._items.is_over and self._error is not None:
                raise self._error
            return self._items.is_over

    def frames(self) -> Iterator[bytes]:
        """What one stream sends, until all is sent or the stream has broken."""
        with self._changed:
            stream = self._items.streams
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._items.has_waiting or self._items.is_fed or self._items.streams != stream
                )
                if self._items.streams != stream or not self._items.has_waiting:
                    return
                frame = self._items.take_frame()
            yield frame

    def answered(self, frame: bytes) -> list[Answered]:
        """The answers of a frame."""
        with self._changed:
            answers = self._items.take_answers(frame)
            self._changed.notify_all()
        return answers

    def refused(self) -> list[Answered]:
        """What could not be sent at all."""
        with self._changed:
            refused = self._items.take_refused()
            self._changed.notify_all()
        return refused

    def ended(self) -> bool:
        """The stream has ended; whether it has left questions open, which the next one sends again."""
        with self._changed:
            self._items.ended()
            self._changed.notify_all()
            return self._items.has_open

    def left_ms(self) -> int:
        """How long the last open question still has, in milliseconds."""
        with self._changed:
            return self._items.left_ms()

    def _read(self) -> None:
        try:
            for question in self._questions:
                with self._changed:
                    self._changed.wait_for(lambda: self._items.has_room or self._is_left)
                    if self._is_left:
                        return
                    self._items.add(question, Deadline.after_ms(self._deadline_ms))
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001  raised where the caller reads
            self._error = error
        with self._changed:
            self._items.is_fed = True
            self._changed.notify_all()
