"""Which guards the proofs of a text use, and which it could do without, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from aethel.cli.terminal import printable
from aethel.prover.guards import Guard, IntentGuards, ProofGuards


def cell(proof: ProofGuards | None) -> str:
    """The places of the guards that a proof uses; `not found` for None."""
    if proof is None:
        return "not found"
    places = ", ".join(str(guard.span) for guard in proof.guards) or "none"
    return places if proof.minimal else f"at most {places}"


def view(traced: Sequence[IntentGuards]) -> Iterator[Text]:
    """What each intent could do without, named by text and place; nothing where that is not known."""
    for intent in traced:
        if intent.implied is None or intent.unused is None:
            continue
        where = f"in `{printable(intent.intent)}`, " if len(traced) > 1 else ""
        unused = [guard for guard in intent.unused if guard not in intent.implied]
        if intent.implied:
            named, it = _named(intent.implied), _it(intent.implied)
            yield Text(f"{where}implied by the other guards: {named}; without {it} nothing more is admitted")
        if unused:
            named, it = _named(unused), _it(unused)
            yield Text(
                f"{where}needed by no proof: {named}; without {it} all of this still holds, and more is admitted"
            )
        if unused and not set(intent.implied) <= set(intent.unused):
            yield Text(f"{where}either may go while the other stays; both at once may lose a proof")


def row(intent: IntentGuards) -> dict[str, object]:
    """The guards of one intent as JSON; `implied` and `unused` are null where they are not known."""
    return {
        "intent": intent.intent,
        "used": [
            {"obligation": proof.obligation, "guards": _rows(proof.guards), "minimal": proof.minimal}
            for proof in intent.used
        ],
        "implied": None if intent.implied is None else _rows(intent.implied),
        "unused": None if intent.unused is None else _rows(intent.unused),
    }


def _rows(guards: Sequence[Guard]) -> list[dict[str, object]]:
    return [{"line": guard.span.line, "column": guard.span.column, "text": guard.text} for guard in guards]


def _named(guards: Sequence[Guard]) -> str:
    texts = (f"`{printable(guard.text)}`" if guard.text else "a secret line" for guard in guards)
    return ", ".join(f"{text} ({guard.span})" for text, guard in zip(texts, guards, strict=True))


def _it(guards: Sequence[Guard]) -> str:
    return "it" if len(guards) == 1 else "them"
