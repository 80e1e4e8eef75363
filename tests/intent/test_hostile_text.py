"""Hostile texts get a clear finding in bounded work, and ten times the text takes about ten times the work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from aethel.intent.limits import DEFAULT_LIMITS, Limits
from aethel.intent.reading import Reading, read
from tests.intent.readings import intent, refusal

PAYMENT = "a: Account, b: Account, n: Balance"
GROWTH = 12
"""How much more work ten times the text may take: linear, and something for what is set up once."""


def work(text: str) -> tuple[int, Reading]:
    """How often reading a text calls anything, and what became of it; the same on every machine."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    data = text.encode()
    held = sys.getprofile()
    sys.setprofile(count)
    try:
        found = read(data)
    finally:
        sys.setprofile(held)
    return calls, found


def guarded(condition: str) -> str:
    return intent(PAYMENT, f"{condition};", "n >= 0;")


def chain(first: str, line: str, size: int) -> str:
    return first + " ".join(line.format(i, i - 1, i - 2) for i in range(2, size + 2))


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a megabyte": ("a" * 2**20, "TOO_LARGE"),
    "a megabyte of comments": ("# x\n" * 2**18, "TOO_LARGE"),
    "nested parentheses": (guarded("(" * 10_000 + "n" + ")" * 10_000), "TOO_LARGE"),
    "nested choices": (guarded("if n > 0 then " * 3_000), "TOO_LARGE"),
    "nested denials": (guarded("not " * 10_000 + "n > 0"), "TOO_LARGE"),
    "nested signs": (guarded("-" * 10_000 + "n > 0"), "TOO_LARGE"),
    "nested implications": (guarded("n > 0 => " * 3_000 + "n > 0"), "TOO_LARGE"),
    "nested calls": (guarded("min(n, " * 3_000), "TOO_LARGE"),
    "nested branches": (intent(PAYMENT, "n > 0;", "n > 0;", "if (n > 0) { " * 3_000), "TOO_LARGE"),
    "nested loops": (intent(PAYMENT, "n > 0;", "n > 0;", "for i in 0..1 { " * 3_000), "TOO_LARGE"),
    "a row of branches": (
        intent(PAYMENT, "n > 0;", "n > 0;", "if (n > 0) { } else " * 3_000 + "{ }"),
        "TOO_LARGE",
    ),
    "nested conditions": (intent(PAYMENT, "n > 0;", "if (n > 0) { " * 3_000), "TOO_LARGE"),
    "many nodes": (guarded(" + ".join(["n"] * 10_001) + " > 0"), "TOO_LARGE"),
    "many tokens": (guarded("n > 0") + ";" * 60_000, "TOO_LARGE"),
    "many parameters": (intent(", ".join(f"p{i}: Int" for i in range(129)), "p0 > 0;", "p0 > 0;"), "TOO_LARGE"),
    "a long number": (guarded("n > " + "9" * 200_000), "TOO_LARGE"),
    "a million digits": (guarded("n > " + "9" * 10**6), "TOO_LARGE"),
    "a long fraction": (guarded("n > 0." + "0" * 100_000 + "1"), "TOO_LARGE"),
    "a long word": (guarded("e" * 8_000 + " > 0"), "TOO_LARGE"),
    "a long word of marks": (guarded("e" + "\u0301" * 8_000 + " > 0"), "TOO_LARGE"),
    "a null": (guarded("n > \x00 0"), "SYNTAX"),
    "a right-to-left override": (guarded("n \u202e> 0"), "SYNTAX"),
    "an isolate": (guarded("n > 0\u2066"), "SYNTAX"),
    "half a character": (guarded("n > 0 X").encode().replace(b"X", b"\xed\xa0\x80"), "ENCODING"),
    "the other half of a character": (b"\xed\xb0\x80", "ENCODING"),
    "two halves that are no character": (
        guarded('n > "X"').encode().replace(b"X", b"\xed\xa0\xbd\xed\xb8\x80"), "ENCODING"
    ),
    "half a character in a string": (guarded(r'n > "\ud800"'), "SYNTAX"),
    "a character too long": (b"intent \xc0\xaf", "ENCODING"),
    "a character past the last": (b"intent \xf4\x90\x80\x80", "ENCODING"),
    "a character cut short": (b"intent \xe2\x82", "ENCODING"),
    "strings without end": (guarded('n > "' + "\\" * 100_000), "SYNTAX"),
    "a loop without end": (intent("x: Int", "x > 0;", "x > 0;", f"for i in 0..{'9' * 79} {{ }}"), "TOO_LARGE"),
    "loops in loops": (
        intent("x: Int", "x > 0;", "x > 0;", "".join(f"for {i} in 0..99 {{ " for i in "ijk") + "x += 1; } } }"),
        "TOO_LARGE",
    ),
    "doubled factors": (
        intent("x: Int", chain("b1 = x * x; ", "b{0} = b{1} * b{1};", 40) + " b9 > 0;", "x > 0;"),
        "TOO_LARGE",
    ),
    "doubled constants": (
        intent("x: Int", chain("b1 = 9 * 9; ", "b{0} = b{1} * b{1};", 40) + " b9 > 0;", "x > 0;"),
        "TOO_LARGE",
    ),
    "powers in a loop": (intent("x: Int", "x > 0;", "x > 0;", "for i in 0..10000 { x = x * x; }"), "TOO_LARGE"),
    "sums of long fractions in a loop": (
        intent("x: Decimal", "x > 0;", "x > 0;", f"for i in 0..9999 {{ x = x * 0.{'3' * 79}; }}"),
        "TOO_LARGE",
    ),
    "types in a row": (
        intent(PAYMENT, " ".join(f"x{i} == x{i + 1} * 1;" for i in range(300)) + " x300 == n;", "n > 0;"),
        "TOO_LARGE",
    ),
    "a loop that adds nothing": (
        intent("x: Int", "x > 0;", "x > 0;", f"x = {' + '.join(f'f{i}' for i in range(999))};"
               " for i in 0..30000 { x += zero; }"),
        "TOO_LARGE",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED)
def test_a_hostile_text_gets_one_finding_with_its_place(text: str | bytes, code: str) -> None:
    found = refusal(text)
    assert found.code == code
    assert found.span is not None
    assert 0 <= found.span.start <= found.span.end <= len(text)
    assert len(found.message) < 300
    assert found.message.isprintable()


GROWING: dict[str, Callable[[int], str]] = {
    "summands": lambda size: guarded(" + ".join(["n"] * size) + " > 0"),
    "summands of undeclared names": lambda size: guarded(" + ".join(f"x{i}" for i in range(size)) + " > 0"),
    "typed and untyped summands": lambda size: guarded(" + ".join(["n", "x", "n", "y"] * size) + " > 0"),
    "conjunctions": lambda size: guarded(" and ".join(f"n > {i}" for i in range(size))),
    "guards": lambda size: intent(PAYMENT, " ".join(f"n > {i};" for i in range(size)), "n > 0;"),
    "strings": lambda size: intent("t: Text", " ".join(f't != "{i}";' for i in range(size)), "t == t;"),
    "bindings": lambda size: intent(PAYMENT, chain("b1 = n; ", "b{0} = b{1} + {0};", size) + " n > 0;", "n > 0;"),
    "bindings made of two": lambda size: intent(
        PAYMENT, chain("b0 = 7 / n; b1 = 8 / n; ", "b{0} = b{1} + b{2};", size) + " n > 0;", "n > 0;"
    ),
    "cells of undeclared accounts": lambda size: intent(
        PAYMENT, " ".join(f"q{i}.balance >= n;" for i in range(size)), "n > 0;"
    ),
    "an equation of many names": lambda size: intent(
        PAYMENT, "n > 0;", " + ".join(f"q{i}.balance" for i in range(size)) + " == n;"
    ),
    "equations for one name": lambda size: intent(
        PAYMENT, "n > 0;", "".join(f"p.balance == 2 * q.balance; r{i}_balance == p.balance;" for i in range(size))
    ),
    "definitions in a row": lambda size: intent(
        PAYMENT, "n > 0;", chain("x1 == n; ", "x{0} == x{1} + 1;", size)
    ),
    "statements": lambda size: intent("x: Int", "x > 0;", "x > 0;", "x += 1;" * size),
    "turns": lambda size: intent("x: Int", "x > 0;", "x > 0;", f"for i in 0..{size} {{ x += i; }}"),
    "turns of branches among many names": lambda size: intent(
        "c: Bool, x: Int", " ".join(f"f{i} > 0;" for i in range(size)), "x > 0;",
        f"for i in 0..{size} {{ if (c) {{ x += 1; }} }}",
    ),
    "loops that never turn": lambda size: intent("x: Int", "x > 0;", "x > 0;", "for i in 0..0 { x += 1; }" * size),
    "demands before divisors": lambda size: intent(
        "x: Int", "x > 0;", "x > 0;", "require 7 / x > 0;" * size
    ),
    "intents": lambda size: " ".join(
        intent(PAYMENT, "n > 0;", "n > 0;").replace("pay", f"pay{i}", 1) for i in range(size)
    ),
    "comments": lambda size: "# x\n" * size + guarded("n > 0"),
    "choices as conditions": lambda size: intent(PAYMENT, "n > 0;", "if (n > 0) then true else false;" * size),
}  # fmt: skip


@pytest.mark.parametrize("text", GROWING.values(), ids=GROWING)
def test_ten_times_the_text_takes_ten_times_the_work(text: Callable[[int], str]) -> None:
    small, found = work(text(30))
    assert found.file is not None, found.findings
    large, found = work(text(300))
    assert found.file is not None, found.findings
    assert large <= GROWTH * small


def test_an_equation_system_that_is_dense_is_refused_in_work_like_its_size() -> None:
    def text(size: int) -> str:
        line = " + ".join(f"q{i}.balance" for i in range(size)) + " == 0;"
        return intent(PAYMENT, "n > 0;", line * size)

    small, _ = work(text(10))
    large, found = work(text(32))
    assert found.findings[0].code == "CYCLE"
    assert large <= GROWTH * small


def test_fifteen_hundred_summands_are_read() -> None:
    assert read(guarded(" + ".join(["n"] * 1_500) + " > 0").encode()).file is not None


@pytest.mark.parametrize(
    ("limits", "fits", "exceeds"),
    [
        (Limits(nodes=40), 12, 40),
        (Limits(terms=60), 8, 80),
        (Limits(lowering_steps=80), 8, 80),
    ],
)
def test_a_limit_is_what_refuses(limits: Limits, fits: int, exceeds: int) -> None:
    assert read(guarded(" + ".join(f"x{i}" for i in range(fits)) + " > 0").encode(), limits=limits).file is not None
    refused = read(guarded(" + ".join(f"x{i}" for i in range(exceeds)) + " > 0").encode(), limits=limits)
    assert refused.findings[0].code == "TOO_LARGE"


def test_the_limits_are_those_that_are_promised() -> None:
    promised = Limits(text_bytes=262_144, depth=64, nodes=20_000, parameters=128, literal_digits=80, legs=10_000)
    assert promised == DEFAULT_LIMITS
    assert DEFAULT_LIMITS.evaluated_statements == 100_000
