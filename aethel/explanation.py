"""How a question is decided, obligation by obligation: the parts of an explanation."""

from __future__ import annotations

from dataclasses import dataclass

from aethel.verdict import MOEResult, ObligationResult


@dataclass(frozen=True, slots=True)
class ExplainedObligation:
    """One obligation with what became of it, and who says so: nobody where `expert_name` is empty.

    `kind` and `claim` are those of the language, empty for what is none of it, such as a class of the Sentinel.
    `is_required` says that it must be proved for an approval. `repair` is a unified diff of the intent's text that
    makes it hold, verified, empty where none is known.
    """

    expert_name: str
    result: ObligationResult
    kind: str = ""
    claim: str = ""
    is_required: bool = False
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer with its evidence, and every obligation it rests on."""

    result: MOEResult
    obligations: tuple[ExplainedObligation, ...]
