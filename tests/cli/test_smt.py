"""`aethel export smt`: the obligations of an intent in files that a solver reads."""

import json
from pathlib import Path

import pytest

from tests.cli.command import EXAMPLES, Command
from tests.intent.readings import intent


def test_every_obligation_has_a_file_and_a_meaning(aethel: Command, tmp_path: Path) -> None:
    done = aethel("export", "smt", EXAMPLES / "payment.ae", "-o", tmp_path / "out", "--json")
    assert done.code == 0
    rows = json.loads(done.out)
    assert {row["obligation"]: row["holds_if"] for row in rows}.items() >= {
        "consistent": "sat",
        "post.1": "unsat",
    }.items()
    assert [str(row["file"]) for row in rows] == sorted(str(path) for path in (tmp_path / "out").iterdir())
    assert all(Path(str(row["file"])).read_text().endswith("(check-sat)\n") for row in rows)


def test_the_table_names_obligation_place_and_file(aethel: Command, tmp_path: Path) -> None:
    done = aethel("export", "smt", EXAMPLES / "payment.ae", "-o", tmp_path)
    assert "solvent.sender_balance" in done.out
    assert "12:9" in done.out


def test_names_no_file_system_takes_are_left_out_of_file_names(aethel: Command, tmp_path: Path) -> None:
    text = intent("größe: Account, b: Account, n: Balance", "n > 0;", "n > 0;", "transfer(größe, b, n);")
    both = text + text.replace("intent pay", "intent " + "x" * 128)
    done = aethel("export", "smt", "-", "-o", tmp_path, stdin=both)
    assert done.code == 0
    assert all(path.name.isascii() and len(path.name) < 100 for path in tmp_path.iterdir())


def test_a_text_that_is_no_intent_leaves_no_files(aethel: Command, tmp_path: Path) -> None:
    done = aethel("export", "smt", "-", "-o", tmp_path / "out", stdin="intent pay(")
    assert done.code == 1
    assert "1:" in done.err
    assert not (tmp_path / "out").exists()


def test_what_is_not_modelled_is_named_and_not_written(aethel: Command, tmp_path: Path) -> None:
    text = intent("a: Account, n: Int", "n > 0;", f"{' * '.join(['n'] * 17)} > 0;")
    done = aethel("export", "smt", "-", "-o", tmp_path, stdin=text)
    assert done.code == 2
    assert "not modelled: a product of more than 16 unknowns" in done.out
    assert not any("post" in path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize("out", ["/proc/no/such", "/dev/null"])
def test_where_nothing_can_be_written_is_wrong_usage(aethel: Command, out: str) -> None:
    done = aethel("export", "smt", EXAMPLES / "payment.ae", "-o", out)
    assert done.code == 64
    assert f"cannot write to `{out}`" in done.err


def test_no_solver_is_needed(aethel: Command, tmp_path: Path) -> None:
    done = aethel.program("export", "smt", EXAMPLES / "payment.ae", "-o", tmp_path, without=["z3", "cvc5"])
    assert done.code == 0, done.err
    assert len(list(tmp_path.iterdir())) == 11
