"""The limits of the intent language: each a number with its unit and its reason."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """What one text may use; beyond any of these it is refused as TOO_LARGE before more work is spent on it."""

    text_bytes: int = 256 * 1024
    tokens: int = 50_000
    depth: int = 64
    nodes: int = 20_000
    parameters: int = 128
    literal_digits: int = 80
    name_length: int = 128
    evaluated_statements: int = 100_000
    evaluated_nodes: int = 200_000
    legs: int = 10_000
    terms: int = 400_000
    lowering_steps: int = 1_000_000
    evaluation_bits: int = 2**27


DEFAULT_LIMITS = Limits()

REASONS: dict[str, str] = {
    "text_bytes": "bytes of UTF-8 text; a payment intent is a few kB, and all later work is linear in this",
    "tokens": "tokens of one text, comments aside; a text within the limit of nodes has no more",
    "depth": "nested blocks and expressions; keeps recursion far below the interpreter's stack",
    "nodes": "syntax nodes of one text; bounds typing, lowering and hashing",
    "parameters": "parameters of one intent; bounds the pairs of accounts that must be distinct",
    "literal_digits": "digits of one number; 2**256 has 78",
    "name_length": "code points of one name; keeps every message and table readable",
    "evaluated_statements": "statements after loops are unrolled; bounds symbolic execution",
    "evaluated_nodes": "syntax nodes visited after loops are unrolled; bounds the time of lowering to a few seconds",
    "legs": "stores to balances of one intent; bounds the obligations",
    "terms": "distinct terms of one lowered program and their operands; bounds what unrolling can build",
    "lowering_steps": "operands looked at while terms are built, known ones too; bounds unrolling that builds nothing",
    "evaluation_bits": "bits of all values of one lowered program together; bounds the work of one evaluation",
}
"""What each limit counts, and why it stands where it stands."""

RESERVED_WORDS = frozenset({"and", "or", "not", "if", "then", "else", "true", "false", "zero"})
"""Words that can never be names. All other keywords are contextual."""


def table(limits: Limits = DEFAULT_LIMITS) -> tuple[tuple[str, int, str], ...]:
    """Name, value and reason of every limit, in declaration order."""
    return tuple((item.name, getattr(limits, item.name), REASONS[item.name]) for item in fields(limits))
