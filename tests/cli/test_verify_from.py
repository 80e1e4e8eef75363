"""`aethel verify --from`: files of other formats, answered transaction by transaction in their order."""

import json
from pathlib import Path

import pytest

from aethel.verdict import UNKEPT
from tests.cli.command import EXAMPLES, Command

FORMATS = EXAMPLES / "formats"
GOOD = {
    "postings": ("postings.json", ["APPROVED"] * 2),
    "pain.001": ("pain001.xml", ["APPROVED"] * 3),
    "pacs.008": ("pacs008.xml", ["APPROVED"] * 2),
    "tigerbeetle": ("tigerbeetle.json", ["APPROVED"] * 3 + ["UNCERTAIN"]),
    "ap2": ("ap2.json", ["APPROVED"]),
    "x402": ("x402.json", ["APPROVED"]),
}
BATCH = (FORMATS / "pain001.xml").read_text()
ROWS = ["MSG-2026-031/SALARIES/SALARY-MILA", "MSG-2026-031/SALARIES/SALARY-DAAN", "MSG-2026-031/RENT/RENT-03"]


@pytest.mark.parametrize("form", GOOD)
def test_every_example_is_answered_in_its_order(aethel: Command, form: str) -> None:
    file, expected = GOOD[form]
    done = aethel("verify", "--local", "--from", form, FORMATS / file, "--json")
    assert [row["consensus"] for row in done.rows] == expected
    assert done.code == (2 if "UNCERTAIN" in expected else 0)


def test_the_mesh_answers_each_format_as_this_process_does(mesh: Command) -> None:
    for form, (file, expected) in GOOD.items():
        far, near = (
            mesh("verify", "--from", form, FORMATS / file, "--json", *where).rows for where in ((), ("--local",))
        )
        assert [row["consensus"] for row in far] == expected
        for row in (*far, *near):
            row.pop("latency_ms", None)
            row.pop("experts", None)
        assert far == near


def test_people_read_one_line_and_what_is_assumed(aethel: Command) -> None:
    done = aethel("verify", "--local", "--from", "pain.001", "-", stdin=BATCH)
    lines = done.out.splitlines()
    assert lines[:3] == [
        f"{ROWS[0]}: APPROVED: all 13 required obligations are proved",
        f"  assumed of every row: {UNKEPT}",
        "  assumed: no charges beyond the message (`ChrgBr` is `SLEV`)",
    ]
    assert sum(UNKEPT in line for line in lines) == 1
    assert "3 rows in" in done.err


def test_programs_read_what_is_assumed_too(aethel: Command) -> None:
    done = aethel("verify", "--local", "--from", "pain.001", "-", "--json", stdin=BATCH)
    assert [row["id"] for row in done.rows] == ROWS
    assert done.rows[0]["assumptions"] == [UNKEPT, "no charges beyond the message (`ChrgBr` is `SLEV`)"]


@pytest.mark.parametrize(
    ("change", "expected", "code"),
    [
        (("PmtMtd>TRF", "PmtMtd>CHK"), ["UNCERTAIN", "UNCERTAIN", "APPROVED"], 2),
        (("<NbOfTxs>2", "<NbOfTxs>9"), ["error", "error", "APPROVED"], 1),
        (("NL91", "NL92"), ["APPROVED", "error", "APPROVED"], 1),
        (("NL91ABNA0417164300", "DE89370400440532013000"), ["APPROVED", "REJECTED", "APPROVED"], 1),
    ],
)
def test_the_exit_code_is_that_of_the_worst_transaction(
    aethel: Command, change: tuple[str, str], expected: list[str], code: int
) -> None:
    changed = BATCH.replace(*change, 1)
    done = aethel("verify", "--local", "--from", "pain.001", "-", "--json", stdin=changed)
    assert [row.get("consensus", "error") for row in done.rows] == expected
    assert [row["id"] for row in done.rows] == ROWS
    assert done.code == code


def test_a_file_that_is_none_is_one_error(aethel: Command) -> None:
    done = aethel("verify", "--local", "--from", "pacs.008", "-", stdin="<Document/>")
    assert done.out.startswith("the file: error: the root is `Document` of namespace ``, expected `Document` of")
    assert done.code == 1


def test_a_bomb_is_an_error_and_no_work(aethel: Command) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><a>&b;</a>'
    done = aethel("verify", "--local", "--from", "pain.001", "-", "--json", stdin=bomb)
    assert done.rows == [{"id": "", "error": "the document declares a document type `a`, expected none"}]


def test_answers_go_to_the_file_named(aethel: Command, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    done = aethel("verify", "--local", "--from", "pain.001", FORMATS / "pain001.xml", "--out", out)
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ROWS
    assert (done.out, done.code) == ("", 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "pain.001"), "--from is given without a file"),
        (("--from", "pain.001", "x", "--batch", "y"), "--batch and --from are both given"),
        (("--from", "pain.001", "x", "--arg", "a=1"), "--arg and --from are both given"),
        (("--from", "pain.001", "x", "--context", "c"), "--context and --from are both given"),
        (("--from", "mt103", "x"), "'mt103' is not one of 'postings', 'pain.001'"),
        (("--from", "ap2", "no-such-file"), "cannot read `no-such-file`"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(aethel: Command, arguments: tuple[str, ...], message: str) -> None:
    done = aethel("verify", "--local", *arguments)
    assert done.code == 64
    assert message in done.err


def test_the_help_names_every_format(aethel: Command) -> None:
    shown = aethel("verify", "--help").out
    assert all(form in shown for form in GOOD)
