"""Logs: JSON lines that hold what was said to be safe, and nothing else."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from aethel.runtime.logs import EventLog, configure_logging

SECRET = "Alice owes 4711.00"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the program logs at INFO and above; the handlers of the test runner are put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    configure_logging("probe", "INFO", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def only_line(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    read: dict[str, Any] = json.loads(line)
    return read


def test_an_event_is_one_line_with_its_fields(stream: io.StringIO) -> None:
    EventLog("tests").warning("expert lost", expert="z3", duration_ms=12)
    line = only_line(stream)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "process": "probe",
        "logger": "tests",
        "event": "expert lost",
        "expert": "z3",
        "duration_ms": 12,
    }


def test_events_below_the_level_are_not_written(stream: io.StringIO) -> None:
    EventLog("tests").debug("hidden")
    assert stream.getvalue() == ""


def test_a_field_outside_the_closed_set_is_not_written(stream: io.StringIO) -> None:
    EventLog("tests").info("paid", memo=SECRET)  # type: ignore[call-arg]
    assert "memo" not in only_line(stream)


def test_a_field_never_breaks_the_line(stream: io.StringIO) -> None:
    EventLog("tests").info("paid", request_id="a\n\u2028\ud800" + "b" * 1000)
    assert only_line(stream)["request_id"] == "a\n\u2028\ud800" + "b" * 196


def test_an_exception_is_written_without_its_message(stream: io.StringIO) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        EventLog("tests").error("failed", exception=error)
    (cause,) = only_line(stream)["exception"]
    assert cause["type"] == "ValueError"
    assert cause["places"][0].endswith("test_an_exception_is_written_without_its_message")
    assert SECRET not in stream.getvalue()


def test_the_causes_of_an_exception_are_written_without_their_messages(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(SECRET) from cause
    except ValueError as error:
        EventLog("tests").error("failed", exception=error)
    assert [cause["type"] for cause in only_line(stream)["exception"]] == ["ValueError", "KeyError"]
    assert SECRET not in stream.getvalue()


def test_deep_recursion_makes_a_bounded_line(stream: io.StringIO) -> None:
    def deeper() -> None:
        deeper()

    try:
        deeper()
    except RecursionError as error:
        EventLog("tests").error("failed", exception=error)
    assert len(stream.getvalue()) < 10_000


def test_a_finished_sentence_of_a_library_is_withheld(stream: io.StringIO) -> None:
    logging.getLogger("library").warning(f"task failed: {SECRET}")
    line = only_line(stream)
    assert line["event"] == "library message withheld"
    assert line["place"].startswith("test_logs:")
    assert SECRET not in stream.getvalue()


def test_a_template_of_a_library_is_written_without_its_arguments(stream: io.StringIO) -> None:
    logging.getLogger("library").warning("task failed: %s", SECRET)
    assert only_line(stream)["event"] == "task failed: %s"
