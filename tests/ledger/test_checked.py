"""Judgements of the parts of one question become one."""

from aethel.ledger.checked import Judgement, lacking, merged
from aethel.verdict import ObligationResult, Outcome


def test_a_check_made_on_two_parts_must_hold_on_both() -> None:
    held = Judgement((ObligationResult("G24", Outcome.PROVED, detail="one"),), not_applicable=("G25",))
    again = Judgement((ObligationResult("G24", Outcome.PROVED, detail="two"),), not_applicable=("G26",))
    failed = Judgement((ObligationResult("G24", Outcome.REFUTED, detail="three"),))
    left_open = Judgement((ObligationResult("G24", Outcome.UNMODELLED, detail="four"),), not_applicable=("G24",))
    assert merged(held, again).obligations == (ObligationResult("G24", Outcome.PROVED, detail="one; two"),)
    assert merged(held, again).not_applicable == ("G25", "G26")
    for parts in ((held, failed), (failed, held), (left_open, failed), (failed, left_open)):
        assert [result.outcome for result in merged(*parts).obligations] == [Outcome.REFUTED]
    for parts in ((held, left_open), (left_open, held)):
        assert [result.outcome for result in merged(*parts).obligations] == [Outcome.UNMODELLED]
        assert "G24" not in merged(*parts).not_applicable


def test_a_check_without_input_is_not_applicable_unless_it_was_made() -> None:
    judgement = Judgement((ObligationResult("G24", Outcome.PROVED),), not_applicable=("G30",))
    assert lacking(judgement, ("G24", "G25")).not_applicable == ("G25", "G30")
    assert lacking(judgement, ("G24", "G25")).obligations == judgement.obligations
