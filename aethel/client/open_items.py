"""The questions of one stream: which wait to be sent, which are asked and not answered; knows no threads and no I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aethel.client.answers import Answer, Answered
from aethel.client.errors import ClientError, error_of_fault
from aethel.request import Question
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import RequestFault
from aethel.verdict import MOEResult
from aethel.wire.answers import told_ms
from aethel.wire.convert import question_to_proto
from aethel.wire.mesh_calls import answers_in, frame_of

MOST_OPEN = 128
"""Questions taken from the caller and not answered: half of what a mesh takes of one stream."""

MOST_IN_FRAME = 32
"""Questions that travel together."""


@dataclass(frozen=True, slots=True)
class _Open:
    question: Question
    written: Any
    deadline: Deadline


@dataclass(slots=True)
class OpenItems:
    """Questions by item number; `is_fed` says that no more will come, `streams` counts the streams that ended."""

    is_fed: bool = False
    streams: int = 0
    _next: int = 1
    _waiting: deque[int] = field(default_factory=deque)
    _open: dict[int, _Open] = field(default_factory=dict)
    _refused: list[Answered] = field(default_factory=list)

    @property
    def has_room(self) -> bool:
        return len(self._open) + len(self._refused) < MOST_OPEN

    @property
    def has_waiting(self) -> bool:
        """Whether a question waits to be sent."""
        return bool(self._waiting)

    @property
    def has_open(self) -> bool:
        """Whether a question is not answered."""
        return bool(self._open)

    @property
    def has_news(self) -> bool:
        """Whether a reader has something to do: send, take what was refused, or end."""
        return self.is_fed or self.has_waiting or bool(self._refused)

    @property
    def is_over(self) -> bool:
        """Whether every question is answered and no more will come."""
        return self.is_fed and not self._open and not self._refused

    def left_ms(self) -> int:
        """How long the last open question still has, in milliseconds."""
        return max((one.deadline.remaining_ms() for one in self._open.values()), default=0)

    def add(self, question: Question, deadline: Deadline) -> None:
        """A question of the caller: to be sent, or refused at once where it cannot be written."""
        try:
            written = question_to_proto(question)
        except RequestFault as fault:
            self._refused.append(Answered(question.transaction_id, error_of_fault(fault)))
            return
        self._open[self._next] = _Open(question, written, deadline)
        self._waiting.append(self._next)
        self._next += 1

    def take_refused(self) -> list[Answered]:
        """What was refused since it was asked last."""
        refused, self._refused = self._refused, []
        return refused

    def take_frame(self) -> bytes:
        """The next questions to send, as one frame; their deadlines begin to run at the mesh when it arrives."""
        taken = [self._waiting.popleft() for _ in range(min(MOST_IN_FRAME, len(self._waiting)))]
        items = ((number, self._open[number]) for number in taken)
        return frame_of((number, one.written, told_ms(one.deadline.remaining_ms())) for number, one in items)

    def take_answers(self, frame: bytes) -> list[Answered]:
        """The answers of a frame, whose questions are not open any more; raises `MalformedAnswer`."""
        asked = {number: one.question for number, one in self._open.items()}
        answers = []
        for number, outcome in answers_in(frame, asked):
            if self._open.pop(number, None) is not None:
                answers.append(Answered(asked[number].transaction_id, _outcome(outcome)))
        return answers

    def ended(self) -> None:
        """The stream is gone: whatever it left open is sent again on the next one, in its order."""
        self.streams += 1
        self._waiting = deque(self._open)


def _outcome(outcome: MOEResult | RequestFault) -> Answer | ClientError:
    return error_of_fault(outcome) if isinstance(outcome, RequestFault) else Answer.of(outcome)
