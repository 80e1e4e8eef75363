"""S16 to S23: what the parsed program of an intent does, decided by its data flow and without a solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aethel.intent.reading import Reading
from aethel.intent.source import Source
from aethel.rules import Rules
from aethel.security.authority import arbitrary_source, replay
from aethel.security.classes import SecurityClass, Tally
from aethel.security.effect_order import effect_order
from aethel.security.hidden_privilege import hidden_privilege
from aethel.security.identity_backdoor import identity_backdoor
from aethel.security.judged import Judged, Suspicion
from aethel.security.leg_order import leg_order
from aethel.security.oracle import oracle
from aethel.security.partial_legs import partial_legs
from aethel.verdict import Finding, Outcome

_CHECKS: tuple[tuple[SecurityClass, Callable[[Judged, Tally], Iterator[Suspicion | None]], str, str], ...] = (
    (
        SecurityClass.IDENTITY_BACKDOOR,
        identity_backdoor,
        "no literal decides for whom or at which value anything happens",
        "literals decide what happens",
    ),
    (
        SecurityClass.EFFECT_ORDER,
        effect_order,
        "no effect rests on what is no longer so",
        "effects rest on what is no longer so",
    ),
    (SecurityClass.LEG_ORDER, leg_order, "all legs commute", "legs hang on their order"),
    (SecurityClass.REPLAY, replay, "good once, as the profile demands", "what makes it good once is missing"),
    (
        SecurityClass.ARBITRARY_SOURCE,
        arbitrary_source,
        "who pays is bound to who authorised it",
        "accounts pay that nobody authorised",
    ),
    (
        SecurityClass.IGNORED_RESULT,
        partial_legs,
        "what partial legs moved is looked at",
        "nobody looks at what partial legs moved",
    ),
    (
        SecurityClass.HIDDEN_PRIVILEGE,
        hidden_privilege,
        "no authority changes beside a payment",
        "authority changes beside a payment",
    ),
    (SecurityClass.ORACLE, oracle, "no external decides unchecked", "externals decide unchecked"),
)


def judge_intents(reading: Reading, source: Source, rules: Rules, tally: Tally) -> None:
    """Judge every intent of a text that was read, and state the outcome of each class from S16 to S23.

    Linear in the nodes of the programs, which reading bounds; `tally.work` counts them. Nothing is evaluated or solved.
    A text that was not read leaves these classes UNMODELLED.
    """
    if reading.file is None:
        for class_, _, _, _ in _CHECKS:
            tally.leave(class_, Outcome.UNMODELLED, "the text could not be read")
        return
    intents = [
        Judged(analysed, program, source, rules)
        for analysed, program in zip(reading.analysed, reading.file.programs, strict=True)
    ]
    for class_, check, clean, found in _CHECKS:
        looked_at = False
        for judged in intents:
            for suspicion in check(judged, tally):
                looked_at = True
                if suspicion is not None:
                    tally.add(class_, _finding(suspicion, judged))
        nothing = not looked_at and _has_nothing(class_, intents)
        flagged = looked_at and any(kind is class_ for kind, _ in tally.counts)
        tally.settle(class_, found if flagged else clean, nothing=nothing)


def _has_nothing(class_: SecurityClass, intents: list[Judged]) -> bool:
    """Whether nothing in the text, or in the client's profile, is what a class is about."""
    match class_:
        case SecurityClass.EFFECT_ORDER | SecurityClass.LEG_ORDER:
            return not any(judged.scope.intent.effect for judged in intents)
        case SecurityClass.REPLAY:
            return not any(
                judged.profile.nonces or judged.profile.expiries or judged.profile.domains for judged in intents
            )
        case SecurityClass.ARBITRARY_SOURCE:
            return not any(judged.profile.principals for judged in intents)
        case SecurityClass.IGNORED_RESULT:
            return True
        case SecurityClass.ORACLE:
            return not any(symbol.external for judged in intents for symbol in judged.scope.symbols.values())
        case _:
            return False


def _finding(suspicion: Suspicion, judged: Judged) -> Finding:
    return Finding(
        code=suspicion.class_.value,
        message=f"{suspicion.span}: {suspicion.what}",
        disposition=suspicion.disposition,
        span=suspicion.span,
        intent=judged.program.name,
        cwe=suspicion.cwe,
        advice=suspicion.advice,
    )
