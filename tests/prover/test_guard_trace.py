"""The use of guards in a whole file: by intent, for people, and within one budget."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aethel.intent.obligations import obligations
from aethel.intent.reading import read
from aethel.prover import guard_trace
from aethel.prover.alarm import Alarm
from aethel.prover.guards import Guard, IntentGuards
from aethel.prover.limits import USAGE_BUDGET
from aethel.prover.usage import GuardUsage
from tests.prover.asking import PAY

TIME_MS = 60_000.0

TWO = PAY.replace("intent pay", "intent first") + "\n" + PAY.replace("intent pay", "intent second")


def traced(text: str, *unproved: str, deadline_ms: float = TIME_MS) -> tuple[IntentGuards, ...]:
    """The use of guards where all obligations are proved but the named ones."""
    file = read(text.encode()).file
    assert file is not None
    listed = obligations(file)
    proved = {each.id for each in listed} - set(unproved)
    return guard_trace.guard_trace(file.programs, listed, proved, deadline_ms)


def texts(guards: tuple[Guard, ...] | None) -> list[str] | None:
    return None if guards is None else [guard.text for guard in guards]


def test_each_proof_has_its_guards_and_each_intent_what_it_could_do_without() -> None:
    for name, intent in zip(("first", "second"), traced(TWO), strict=True):
        assert intent.intent == name
        used = {proof.obligation: texts(proof.guards) for proof in intent.used}
        assert used[f"{name}:solvent.sender_balance"] == ["old_sender_balance >= amount"]
        assert used[f"{name}:conserved.default"] == []
        assert (texts(intent.implied), texts(intent.unused)) == ([], ["amount > 0"])


def test_an_obligation_that_asks_for_an_execution_uses_no_guard_and_is_not_listed() -> None:
    (intent,) = traced(PAY)
    assert {"non_vacuous", "consistent"} & {proof.obligation for proof in intent.used} == set()


def test_where_an_obligation_is_not_proved_the_others_have_their_guards_and_none_is_called_redundant() -> None:
    (intent,) = traced(PAY, "post.1")
    used = {proof.obligation for proof in intent.used}
    assert "solvent.sender_balance" in used
    assert "post.1" not in used
    assert (intent.implied, intent.unused) == (None, None)


def test_the_text_of_a_secret_guard_is_not_told() -> None:
    (intent,) = traced(PAY.replace("amount > 0;", "secret amount > 0;"))
    assert intent.unused is not None
    assert [(guard.text, guard.span.line) for guard in intent.unused] == [("", 3)]


def test_all_intents_of_a_file_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    file = read(TWO.encode()).file
    assert file is not None
    with Alarm(TIME_MS) as alarm:
        usage = GuardUsage(file.programs[0], alarm)
        own = [each for each in obligations(file) if each.program == 0]
        usage.redundant(own, [found for each in own if (found := usage.used(each)) is not None])
        spent = USAGE_BUDGET - usage.left
    monkeypatch.setattr(guard_trace, "USAGE_BUDGET", spent)
    first, second = traced(TWO)
    assert texts(first.unused) == ["amount > 0"]
    assert second.unused is None
    assert "second:solvent.sender_balance" not in {proof.obligation for proof in second.used}


def test_what_is_not_shown_by_the_deadline_is_not_claimed() -> None:
    (intent,) = traced(PAY, deadline_ms=0)
    assert intent == replace(intent, used=(), implied=None, unused=None)
