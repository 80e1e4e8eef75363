"""Intents that the checks of programs are tried on, and what these find."""

from functools import cache
from pathlib import Path

from aethel.request import Question
from aethel.rules import Rules, rules_of_table
from aethel.verdict import Disposition, ExpertVerdict, Outcome
from tests.security.questions import result, sentinel


def pay(
    effect: str = "transfer(sender, receiver, amount);",
    guard: str = "",
    verify: str = "receiver_balance == old_receiver_balance + amount;",
    parameters: str = "",
) -> str:
    """A payment with some parts of its own."""
    declared = f"sender: Account, receiver: Account, house: Account, amount: Balance, n: Int{parameters}"
    effects = f"effect {{ {effect} }}" if effect else ""
    return f"""intent pay({declared}) {{
    guard {{ amount > 0; old_sender_balance >= amount; {guard} }}
    {effects}
    verify {{ {verify} }}
}}"""


def ask(text: str, **rules: object) -> ExpertVerdict:
    """The Sentinel's verdict on a text under rules, written as in a file of rules."""
    return sentinel().verify(
        Question("t-1", intent_text=text.encode("utf-8", "surrogateescape"), rules=_rules(rules)), 1_000.0
    )


def _rules(table: dict[str, object]) -> Rules:
    return rules_of_table(table, "rules")


def kinds(verdict: ExpertVerdict, code: str) -> list[Disposition]:
    """What the findings of one class ask for, in order."""
    return [found.disposition for found in verdict.findings if found.code == code]


def rejects(text: str, code: str, **rules: object) -> bool:
    """Whether the class refutes the text; what it finds is a rejection then, with a span."""
    verdict = ask(text, **rules)
    found = [each for each in verdict.findings if each.code == code and each.disposition is Disposition.REJECT]
    assert bool(found) == (result(verdict, code).outcome is Outcome.REFUTED)
    assert all(each.span is not None and each.cwe and each.advice and each.intent == "pay" for each in found)
    return bool(found)


def advises(text: str, code: str, **rules: object) -> bool:
    """Whether the class only advises on the text."""
    return kinds(ask(text, **rules), code) == [Disposition.ADVISE]


def passes(text: str, code: str, **rules: object) -> bool:
    """Whether the class was decided and found nothing."""
    verdict = ask(text, **rules)
    decided = (Outcome.PROVED, Outcome.NOTHING_TO_CHECK)
    return kinds(verdict, code) == [] and result(verdict, code).outcome in decided


CORPUS = Path(__file__).parent.parent / "corpus"


@cache
def corpus_verdicts() -> dict[str, ExpertVerdict]:
    """The Sentinel's verdict on each text of the corpus, without rules, by the name of the text."""
    return {path.stem: ask(path.read_text("utf-8", "surrogateescape")) for path in sorted(CORPUS.glob("*.ae"))}
