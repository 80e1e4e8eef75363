"""`aethel verify --batch`: an answer for every row, in their order, whatever is wrong with some of them."""

import io
import json
from pathlib import Path

import pytest

from aethel.cli.batch_rows import chunks, read_rows
from aethel.wire.exact_json import RowError
from aethel.wire.rows import MAX_ROW_BYTES
from tests.cli.command import EXAMPLES, Command

PAYMENT = (EXAMPLES / "payment.ae").read_text()
OVERDRAFT = (EXAMPLES / "overdraft.ae").read_text()
ENTRY = {"postings": [{"account": "a", "amount": "1", "commodity": "EUR"}]}

ROWS = [
    {"id": "good", "intent": PAYMENT, "args": {"amount": "2.50"}},
    {"id": "bad", "intent": OVERDRAFT},
    {"id": "neither"},
    {"id": "unbalanced", "transaction": ENTRY},
    {"id": "amount", "transaction": "12.50"},
    {"id": "float", "intent": PAYMENT, "args": {"amount": []}},
]
BROKEN = ['{"id": "half', "[1, 2]", "", '{"id": "twice", "id": "twice", "intent": ""}']


def lines(*rows: object) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def outcomes(rows: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(row["id"], row.get("consensus", "error")) for row in rows]


EXPECTED = [
    ("good", "APPROVED"),
    ("bad", "REJECTED"),
    ("neither", "error"),
    ("unbalanced", "REJECTED"),
    ("amount", "APPROVED"),
    ("float", "error"),
    ("", "error"),
    ("", "error"),
    ("", "error"),
]


@pytest.mark.parametrize("where", [(), ("--local",)], ids=["mesh", "local"])
def test_every_row_is_answered_in_its_place(mesh: Command, where: tuple[str, ...]) -> None:
    done = mesh("verify", "--batch", "-", *where, stdin=lines(*ROWS, *BROKEN))
    assert outcomes(done.rows) == EXPECTED
    assert done.code == 1
    assert "9 rows in" in done.err


WHO_SERVED = ("replica", "assigned_version", "answering_version")
"""What only a mesh says of a verdict: which process gave it."""


def test_mesh_and_one_process_say_the_same_of_every_expert(mesh: Command) -> None:
    asked = lines(*ROWS)
    far, near = (mesh("verify", "--batch", "-", *where, stdin=asked).rows for where in ((), ("--local",)))
    for row in (*far, *near):
        row.pop("latency_ms", None)
        experts = row.get("experts", {})
        assert isinstance(experts, dict)
        for verdict in experts.values():
            # A proof made before differs from a new one in these.
            for name in ("latency_ms", "proof_trace", *WHO_SERVED):
                verdict.pop(name, None)
            for result in verdict["obligations"]:
                for name in ("took_ms", "work", "detail"):
                    result.pop(name, None)
    assert far == near


def test_a_row_that_is_no_request_says_what_was_expected(mesh: Command) -> None:
    done = mesh("verify", "--batch", "-", stdin=lines({"id": "x"}))
    assert done.rows == [
        {"id": "x", "error": "the row has neither of `intent` and `transaction`, expected exactly one"}
    ]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([ROWS[0], ROWS[4]], 0),
        ([ROWS[0], ROWS[1]], 1),
        ([{"id": "x", "transaction": {"kind": "unknown"}}, ROWS[0]], 1),
        ([], 0),
    ],
    ids=["approved", "rejected", "error", "empty"],
)
def test_the_exit_code_is_that_of_the_worst_row(aethel: Command, rows: list[object], code: int) -> None:
    assert aethel("verify", "--local", "--batch", "-", stdin=lines(*rows)).code == code


def test_a_row_that_nobody_decides_makes_the_batch_uncertain(aethel: Command) -> None:
    done = aethel.program("verify", "--local", "--batch", "-", stdin=lines(ROWS[0], ROWS[4]), without=["z3"])
    assert outcomes(done.rows) == [("good", "UNCERTAIN"), ("amount", "APPROVED")]
    assert done.code == 2


def test_answers_go_to_the_file_named(aethel: Command, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "verdicts.jsonl"
    rows.write_text(lines(ROWS[0], ROWS[3]))
    done = aethel("verify", "--local", "--batch", rows, "--out", out, "--json")
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["good", "unbalanced"]
    counts = done.json
    assert counts.pop("elapsed_s")
    assert counts == {"rows": 2, "approved": 1, "rejected": 1, "uncertain": 0, "error": 0}


def test_the_rows_are_never_overwritten_by_their_answers(aethel: Command, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(lines(ROWS[0]))
    done = aethel("verify", "--local", "--batch", rows, "--out", rows)
    assert done.code == 64
    assert rows.read_text() == lines(ROWS[0])


def test_a_file_of_answers_that_cannot_be_written_is_wrong_usage(aethel: Command, tmp_path: Path) -> None:
    done = aethel("verify", "--local", "--batch", "-", "--out", tmp_path / "no" / "such" / "folder", stdin="")
    assert done.code == 64
    assert "cannot write" in done.err


def test_a_batch_without_a_mesh_says_how_to_start_one(aethel: Command) -> None:
    done = aethel("verify", "--batch", "-", "--mesh", "127.0.0.1:1", stdin=lines(ROWS[0]))
    assert done.code == 69
    assert "aethel up --detach" in done.err


def test_a_row_that_is_too_long_is_named_and_the_next_one_read() -> None:
    long = b'{"id": "' + b"x" * MAX_ROW_BYTES + b'"}\n'
    first, second = read_rows(io.BytesIO(long + lines(ROWS[0]).encode()))
    assert isinstance(first.subject, RowError)
    assert first.subject.message == f"the row has {len(long)} bytes, expected at most {MAX_ROW_BYTES}"
    assert not isinstance(second.subject, RowError)
    assert second.subject.transaction_id == "good"


def test_the_longest_row_allowed_is_read_without_a_line_end_too() -> None:
    fits = b'{"id": "x", "transaction": "' + b" " * (MAX_ROW_BYTES - 30) + b'"}'
    assert len(fits) == MAX_ROW_BYTES
    (row,) = read_rows(io.BytesIO(fits))
    assert not isinstance(row.subject, RowError)


def test_calls_hold_neither_too_many_rows_nor_too_many_bytes() -> None:
    rows = list(
        read_rows(io.BytesIO(lines(*[{"id": str(size), "transaction": "1" * size} for size in range(40)]).encode()))
    )
    groups = list(chunks(rows, 7, 300))
    assert [row for group in groups for row in group] == rows
    assert all(len(group) <= 7 for group in groups)
    assert all(sum(row.size_bytes for row in group) <= 300 for group in groups)


def test_a_row_larger_than_a_call_goes_alone() -> None:
    rows = list(
        read_rows(io.BytesIO(lines({"id": "a", "transaction": "1"}, {"id": "b", "transaction": "1" * 500}).encode()))
    )
    assert [len(group) for group in chunks(rows, 7, 100)] == [1, 1]
