"""What a message quotes of the text is what the author wrote, parentheses included."""

from __future__ import annotations

from aethel.intent.reading import read


def test_a_line_is_quoted_with_all_its_parentheses() -> None:
    file = read(b"intent f(n: Int) { guard { (n > 3 or n < 0) and not (n > 9); } verify { (n) != ((3)); } }").file
    assert file is not None
    program = file.programs[0]
    assert program.guards[0].text == "(n > 3 or n < 0) and not (n > 9)"
    assert program.posts[0].text == "(n) != ((3))"


def test_a_divisor_is_quoted_with_its_parentheses() -> None:
    file = read(b"intent f(n: Int) { guard { n > 3; } verify { 1 / (n - 1) < 1; } }").file
    assert file is not None
    assert file.programs[0].divisors[0].text == "(n - 1)"
