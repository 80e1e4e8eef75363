"""`aethel verify FILE`: what it says, and the exit code that says it to a script."""

import json
import os
import pty
import re
from dataclasses import replace
from pathlib import Path

import pytest

from aethel.cli.tour import Stop, read_tour
from tests.cli.command import EXAMPLES, Command
from tests.intent.test_corpus import CORPUS

PAYMENT = EXAMPLES / "payment.ae"
EXIT_CODES = {"APPROVED": 0, "REJECTED": 1, "UNCERTAIN": 2}
TOUR = read_tour()


def given(stop: Stop, folder: Path) -> list[str | Path]:
    """The command line that asks what a stop of the tour asks."""
    context = folder / "context.json"
    context.write_text(json.dumps({"balances": dict(stop.question.context.balances)}))
    arguments = [f"--arg={name}={value}" for name, value in stop.question.arguments.items()]
    return [EXAMPLES / stop.file, *arguments, "--context", context]


@pytest.mark.parametrize("stop", TOUR, ids=lambda stop: stop.question.transaction_id)
def test_an_example_gets_its_consensus_from_the_mesh(mesh: Command, tmp_path: Path, stop: Stop) -> None:
    done = mesh("verify", *given(stop, tmp_path), "--json")
    assert done.json["consensus"] == stop.expected.value
    assert done.code == EXIT_CODES[stop.expected.value]


@pytest.mark.parametrize("stop", TOUR[:-1], ids=lambda stop: stop.question.transaction_id)
def test_an_example_gets_the_same_consensus_in_one_process(aethel: Command, tmp_path: Path, stop: Stop) -> None:
    done = aethel("verify", "--local", *given(stop, tmp_path), "--json")
    assert (done.json["consensus"], done.code) == (stop.expected.value, EXIT_CODES[stop.expected.value])


def test_a_rejection_shows_the_line_the_caret_and_the_counterexample(mesh: Command) -> None:
    done = mesh("verify", EXAMPLES / "overdraft.ae")
    assert "REJECTED" in done.out
    assert re.search(r"5 \| +sender\.balance +-= amount;\n +\| +\^+\n", done.out)
    assert re.search(r"sender_balance +\S+ +-\d+", done.out)


def test_every_expert_has_a_light_with_confidence_and_milliseconds(mesh: Command) -> None:
    lines = mesh("verify", PAYMENT).out.splitlines()
    for name in ("Z3_Expert", "Sentinel_Expert", "Guardian_Expert"):
        line = next(line for line in lines if name in line)
        assert re.search(r"APPROVE +confidence (0\.9\d|1) +\d+\.\d ms", line)


def test_lights_are_drawn_where_somebody_watches(mesh: Command) -> None:
    parent, child = pty.openpty()
    with os.fdopen(parent, "rb", buffering=0) as screen:
        pid = os.posix_spawn(
            mesh.line("verify", PAYMENT)[0],
            mesh.line("verify", PAYMENT),
            mesh.environ | {"TERM": "xterm-256color"},
            file_actions=[(os.POSIX_SPAWN_DUP2, child, 1)],
        )
        os.close(child)
        drawn = b""
        try:
            while piece := screen.read(65_536):
                drawn += piece
        except OSError:  # the other end of the terminal is closed
            pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    amber, green = b"\x1b[33mworking", b"\x1b[32mAPPROVE"
    assert 0 <= drawn.find(amber) < drawn.find(green)


def test_plain_lines_are_written_where_nobody_watches(mesh: Command) -> None:
    assert "\x1b" not in mesh("verify", PAYMENT).out


def test_an_intent_may_come_from_standard_input(mesh: Command) -> None:
    assert mesh("verify", "-", stdin=PAYMENT.read_bytes()).code == 0


def test_the_identifier_is_the_one_given(mesh: Command) -> None:
    assert mesh("verify", PAYMENT, "--id", "tx-7", "--json").json["id"] == "tx-7"


def test_two_questions_have_two_identifiers(mesh: Command) -> None:
    assert mesh("verify", PAYMENT, "--json").json["id"] != mesh("verify", PAYMENT, "--json").json["id"]


def test_a_text_cannot_steer_the_terminal(aethel: Command) -> None:
    done = aethel("verify", "--local", "-", stdin="intent p\x1b]0;owned\x07\u202e(")
    assert done.code == 1
    assert "\\u001b" in done.out
    assert not {"\x1b", "\x07", "\u202e"} & set(done.out)


def test_text_that_is_no_intent_is_rejected_and_no_fault_of_the_caller(mesh: Command) -> None:
    done = mesh("verify", "-", stdin=b"\xff\x00 pay everybody")
    assert done.code == 1
    assert "ENCODING" in done.out


def test_an_unknown_argument_is_rejected(mesh: Command) -> None:
    done = mesh("verify", PAYMENT, "--arg", "amont=1")
    assert done.code == 1
    assert "unknown argument `amont`" in done.out


def test_without_a_solver_nothing_is_approved(aethel: Command) -> None:
    done = aethel.program("verify", "--local", PAYMENT, without=["z3"])
    assert done.code == 2
    assert "z3 is not installed" in done.err


def test_without_a_mesh_the_command_says_how_to_start_one(aethel: Command) -> None:
    done = aethel("verify", PAYMENT, "--mesh", "127.0.0.1:1")
    assert done.code == 69
    assert "aethel up --detach" in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "nothing to verify"),
        (["/no/such.ae"], "cannot read `/no/such.ae`: no such file"),
        (["."], "is a directory"),
        ([PAYMENT, "--arg", "amount"], "expected `name=value`"),
        ([PAYMENT, "--arg", "amount=1", "--arg", "amount=2"], "given twice"),
        ([PAYMENT, "--id", ""], "expected 1 to 256"),
        ([PAYMENT, "--context", "/no/such.json"], "cannot read `/no/such.json`"),
        ([PAYMENT, "--context", PAYMENT], "not JSON"),
        ([PAYMENT, "--local", "--mesh", "127.0.0.1:1"], "at most one"),
        ([PAYMENT, "--mesh", "nowhere"], "expected `host:port`"),
        ([PAYMENT, "--out", "answers.jsonl"], "--out is given without --batch"),
        ([PAYMENT, "--batch", "rows.jsonl"], "both given"),
        (["--batch", "rows.jsonl", "--arg", "a=1"], "both given"),
        (["-", "--context", "-"], "expected one of them"),
        ([PAYMENT, "--nonsense"], "no such option"),
    ],
)
def test_wrong_usage_is_a_sentence(aethel: Command, arguments: list[str | Path], sentence: str) -> None:
    done = aethel("verify", *arguments)
    assert done.code == 64
    assert sentence.lower() in done.err.lower()
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        ("{", "not JSON"),
        ("[]", "expected an object"),
        ('{"balance": {}}', "`context.balance` is no field"),
        ('{"balances": {"sender_balance": null}}', "expected a string or a number"),
    ],
)
def test_a_broken_context_is_wrong_usage(aethel: Command, tmp_path: Path, context: str, sentence: str) -> None:
    file = tmp_path / "context.json"
    file.write_text(context)
    done = aethel("verify", "--local", PAYMENT, "--context", file)
    assert done.code == 64
    assert sentence in done.err


def test_rules_stand_in_for_those_of_a_mesh(aethel: Command, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[default.issuance]\nEUR = { mint = "50" }\n')
    text = CORPUS / "issued_within_its_cap.ae"
    assert aethel("verify", "--local", text).code == 1
    assert aethel("verify", "--local", text, "--rules", rules).code == 0
    by_setting = replace(aethel, settings={**aethel.settings, "AETHEL_RULES_FILE": str(rules)})
    assert by_setting("verify", "--local", text).code == 0


def test_rules_of_a_mesh_are_its_own(aethel: Command, tmp_path: Path) -> None:
    done = aethel("verify", "--mesh", "127.0.0.1:1", EXAMPLES / "payment.ae", "--rules", tmp_path)
    assert done.code == 64
    assert "--rules is given without --local" in done.err
