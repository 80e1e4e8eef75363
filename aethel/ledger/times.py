"""G29: booking and value dates, execution window and expiry, against a present time that comes in as a value."""

from __future__ import annotations

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared
from aethel.ledger.notes import Notes
from aethel.terms import Times


def times(declared: Declared) -> Checked | None:
    """G29: the dates lie in the open period and near each other, and the present time in the execution window."""
    given = declared.terms.times
    if given is None:
        return None
    notes = Notes("G29")
    assumptions = _moments(given, notes)
    compared = _dates(given, notes) or bool(_bounds(given)) > bool(assumptions)
    if not compared and not notes.findings:
        return None
    return notes.concluded("dates and times are inside their bounds", assumptions=assumptions)


def _bounds(given: Times) -> tuple[str, ...]:
    return tuple(text for text in (given.runs_from, given.runs_until, given.expires) if text)


def _dates(given: Times, notes: Notes) -> bool:
    """Judges the dates; whether any two were compared."""
    booking = notes.day(given.booking_date, "booking date") if given.booking_date else None
    value = notes.day(given.value_date, "value date") if given.value_date else None
    first = notes.day(given.period_first, "first day of the period") if given.period_first else None
    last = notes.day(given.period_last, "last day of the period") if given.period_last else None
    apart = notes.whole(given.value_days, "days to the value date") if given.value_days else None
    if first is not None and last is not None and first > last:
        notes.found(f"the period ends {first - last} days before it begins", delta=str(last - first))
    if booking is not None and first is not None and booking < first:
        message = f"the booking date {given.booking_date} is before the open period, expected {given.period_first}"
        notes.found(f"{message} or later", delta=str(booking - first))
    if booking is not None and last is not None and booking > last:
        message = f"the booking date {given.booking_date} is after the open period, expected {given.period_last}"
        notes.found(f"{message} or earlier", delta=str(booking - last))
    if booking is not None and value is not None and apart is not None and abs(value - booking) > apart:
        days = abs(value - booking)
        numbers = (("days", str(days)), ("most", str(apart)))
        message = f"value date and booking date are {days} days apart, expected at most {apart}"
        notes.found(message, numbers=numbers, delta=str(days - apart))
    return booking is not None and (first is not None or last is not None or (value is not None and apart is not None))


def _moments(given: Times, notes: Notes) -> tuple[str, ...]:
    """Judges the present time; what could not be judged without one."""
    now = notes.moment(given.present, "present time") if given.present else None
    opens = notes.moment(given.runs_from, "first moment to run") if given.runs_from else None
    closes = notes.moment(given.runs_until, "end of the time to run") if given.runs_until else None
    expires = notes.moment(given.expires, "expiry") if given.expires else None
    if opens is not None and closes is not None and opens >= closes:
        notes.found("the time to run ends before it begins", delta=str(closes - opens))
    if now is None:
        return ("times to run were not checked: the present time is not given",) if _bounds(given) else ()
    if opens is not None and now < opens:
        notes.found(f"it is {given.present}, expected {given.runs_from} or later", delta=str(now - opens))
    for end, text in ((closes, given.runs_until), (expires, given.expires)):
        if end is not None and now >= end:
            notes.found(f"it is {given.present}, expected a time before {text}", delta=str(now - end))
    return ()
