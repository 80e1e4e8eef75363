"""The line: whoever cannot be done in time is refused at once, the others are served in their order."""

import asyncio

import pytest

from aethel.clients.line import Line
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault

LONG = Deadline.after_ms(600_000)


class Work:
    """Requests that are served until they are told to end."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.order: list[int] = []
        self.ends: dict[int, asyncio.Event] = {}

    def begin(self, number: int, deadline: Deadline = LONG) -> asyncio.Task[None]:
        self.ends[number] = asyncio.Event()
        return asyncio.create_task(self._run(number, deadline))

    async def _run(self, number: int, deadline: Deadline) -> None:
        async with self.line.place(deadline):
            self.order.append(number)
            await self.ends[number].wait()


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def measured(places: int, service_ms: float) -> Line:
    """A line that has seen requests take so long."""
    line = Line(places)
    line._served_ms.extend([service_ms] * 8)
    return line


async def test_no_more_are_served_at_once_than_there_are_places_and_the_others_in_their_order() -> None:
    work = Work(Line(2))
    tasks = [work.begin(number) for number in range(4)]
    await settle()
    assert (work.order, work.line.length) == ([0, 1], 2)
    work.ends[1].set()
    await settle()
    assert work.order == [0, 1, 2]
    for end in work.ends.values():
        end.set()
    await asyncio.gather(*tasks)
    assert work.order == [0, 1, 2, 3]


async def test_nobody_is_refused_while_a_place_is_free() -> None:
    line = await measured(1, 60_000.0)
    line.check(Deadline.after_ms(1))


@pytest.mark.parametrize(("waiting", "is_late"), [(1, False), (2, True)])
async def test_who_would_be_late_by_what_was_measured_is_refused(waiting: int, is_late: bool) -> None:
    work = Work(await measured(2, 1_000.0))
    tasks = [work.begin(number) for number in range(2 + waiting)]
    await settle()
    deadline = Deadline.after_ms(3_400)
    if is_late:
        with pytest.raises(RequestFault) as caught:
            work.line.check(deadline)
        assert caught.value.reason is Reason.OVERLOADED
        assert caught.value.retry_after_ms == 1_500
    else:
        work.line.check(deadline)
    for end in work.ends.values():
        end.set()
    await asyncio.gather(*tasks)


async def test_who_came_too_late_while_waiting_is_refused_and_the_next_is_served() -> None:
    work = Work(Line(1))
    first, late, third = work.begin(0), work.begin(1, Deadline.after_ms(60_000)), work.begin(2)
    await settle()
    work.line._served_ms.extend([70_000.0] * 64)
    work.ends[0].set()
    work.ends[2].set()
    with pytest.raises(RequestFault):
        await late
    await asyncio.gather(first, third)
    assert work.order == [0, 2]


async def test_who_waited_in_vain_is_told_while_there_is_time_to_tell() -> None:
    work = Work(Line(1))
    first = work.begin(0)
    late = work.begin(1, Deadline.after_ms(30))
    with pytest.raises(RequestFault) as caught:
        await late
    assert caught.value.reason is Reason.OVERLOADED
    assert work.line.length == 0
    work.ends[0].set()
    await first
    async with work.line.place(LONG):
        pass


async def test_a_cancelled_request_leaves_its_place_to_others() -> None:
    work = Work(Line(1))
    tasks = [work.begin(number) for number in range(3)]
    await settle()
    tasks[1].cancel()
    await settle()
    assert work.line.length == 1
    tasks[0].cancel()
    await settle()
    assert work.order == [0, 2]
    work.ends[2].set()
    await tasks[2]
    assert work.line.length == 0
    async with work.line.place(LONG):
        work.line.check(LONG)


async def test_a_request_cancelled_in_the_moment_of_its_turn_gives_the_place_on() -> None:
    work = Work(Line(1))
    tasks = [work.begin(number) for number in range(3)]
    await settle()
    work.ends[0].set()
    await asyncio.sleep(0)
    tasks[1].cancel()
    await settle()
    assert work.order[-1] == 2
    work.ends[2].set()
    await tasks[2]
