"""Parse, print, parse is a law: the printed text has the same tree, the same digest and every comment."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from aethel.intent.formatter import comments, format_text, print_tree, same_tree
from aethel.intent.formatting_blocks import WIDTH
from aethel.intent.lexer import Kind
from aethel.intent.limits import DEFAULT_LIMITS, Limits
from aethel.intent.parser import parse
from aethel.intent.reading import read
from aethel.intent.source import Source
from tests.fuzz.generator import generate
from tests.intent.layouts import laid_out, lexed, spelled
from tests.intent.readings import intent
from tests.intent.test_language_document import examples

ROOT = Path(__file__).parents[2]
MODELS = sorted((ROOT / "examples").glob("*.ae"))
CORPUS = sorted((ROOT / "tests" / "corpus").glob("*.ae"))


def formatted(text: str) -> str:
    """The text in the house style."""
    found = format_text(text.encode())
    assert found.text is not None, found.findings[0].message
    return found.text


def is_lawful(text: str) -> bool:
    """Whether the law holds of a text that parses; False where it does not parse."""
    found = format_text(text.encode())
    if found.text is None:
        assert found.findings[0].code != "FORMAT"
        return False
    before, after = lexed(text), lexed(found.text)
    sources = Source(text), Source(found.text)
    assert comments(sources[0], before) == comments(sources[1], after)
    trees = [parse(source, tokens, DEFAULT_LIMITS) for source, tokens in zip(sources, (before, after), strict=True)]
    assert same_tree(*trees)
    assert print_tree(sources[1], after, trees[1]) == found.text
    return True


def digest(text: str) -> str:
    """The digest of what a text means, empty where it means nothing."""
    file = read(text.encode()).file
    return "" if file is None else file.digest


def body(text: str) -> str:
    """The lines of a guard, formatted and without the indentation that all of them have."""
    lines = formatted(intent("a: Bool, b: Bool, c: Bool, n: Int", text, "a;")).split("\n")
    if lines[1].startswith("    guard { "):
        return lines[1].removeprefix("    guard { ").removesuffix(" }")
    return "\n".join(line[8:] for line in lines[2 : lines.index("    }")])


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_examples_are_models_of_the_house_style(path: Path) -> None:
    assert formatted(path.read_text()) == path.read_text()


def test_the_law_holds_for_every_text_of_the_corpus_that_parses() -> None:
    texts = [path.read_bytes().decode(errors="replace") for path in CORPUS]
    lawful = [text for text in texts if is_lawful(text)]
    assert len(lawful) > 150
    for text in lawful[::5]:
        assert digest(formatted(text)) == digest(text)


def test_the_law_holds_for_every_example_of_the_document() -> None:
    assert all(is_lawful(text) for _, _, text in examples())


def test_the_law_holds_for_random_programs_in_random_layouts() -> None:
    assert lawful_seeds(range(100)) > 90


@pytest.mark.full
def test_the_law_holds_for_thousands_of_random_programs() -> None:
    assert lawful_seeds(range(10_000, 15_000)) > 4_500


def lawful_seeds(seeds: range) -> int:
    """How many programs of these seeds parse; the law holds for each, in a layout of chance, with the same digest."""
    count = 0
    for seed in seeds:
        text = generate(seed).text
        try:
            text = laid_out(text, Random(seed))
        except Exception:  # noqa: BLE001  a garbled text has no tokens
            assert not is_lawful(text)
            continue
        if is_lawful(text):
            count += 1
            assert seed % 10 or digest(formatted(text)) == digest(text)
    return count


def test_the_layout_depends_on_nothing_but_tokens_comments_and_empty_lines() -> None:
    for path in MODELS:
        text = path.read_text().partition("\n")[2]
        model = formatted(without_comments(text))
        for seed in range(5):
            assert formatted(without_comments(laid_out(text, Random(seed)))) == model


def without_comments(text: str) -> str:
    """The tokens alone, on one line."""
    return " ".join(spelled(text)).replace(" %", "%")


def test_no_line_is_longer_than_the_width_where_it_can_be_broken() -> None:
    for seed in range(100):
        found = format_text(generate(seed).text.encode()).text or ""
        starts = {start for start, _ in lexed(found).comments} if found else set()
        position = 0
        for line in found.split("\n"):
            code = min((start - position for start in starts if position <= start < position + len(line)), default=None)
            assert len(line[:code].rstrip()) <= WIDTH
            position += len(line) + 1


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("(a);", "a;"),
        ("((n + 1)) * (2) > (3);", "(n + 1) * 2 > 3;"),
        ("(n + 1) + 2 > 3;", "(n + 1) + 2 > 3;"),
        ("n + (1 * 2) > 3;", "n + 1 * 2 > 3;"),
        ("n - (-1) > 3;", "n - -1 > 3;"),
        ("-(n + 1) > 3;", "-(n + 1) > 3;"),
        ("(a and b) or c;", "a and b or c;"),
        ("a and (b or c);", "a and (b or c);"),
        ("(a and b) and c;", "(a and b) and c;"),
        ("not (a and b);", "not (a and b);"),
        ("not (n == 1);", "not n == 1;"),
        ("(not a) == b;", "(not a) == b;"),
        ("a => (b => c);", "a => b => c;"),
        ("(a => b) => c;", "(a => b) => c;"),
        ("(if a then b else c) and c;", "(if a then b else c) and c;"),
        ("c and (if a then b else c);", "c and if a then b else c;"),
        ("(if a then b else c) == c;", "(if a then b else c) == c;"),
        ("secret (-n > 1);", "secret (-n) > 1;"),
        ("secret ((n) > 1);", "secret n > 1;"),
        ("external   secret n>1;", "secret external n > 1;"),
    ],
)
def test_only_parentheses_that_the_tree_needs_stay(written: str, printed: str) -> None:
    assert body(written) == printed


@pytest.mark.parametrize(
    "written",
    [
        "n * 2.50 > 007;",
        "n * 5% > 1.0%;",
        "n % 5 > 1;",
        'x == "a\\u00e9\\"b";',
        "old_x_balance == old(x.balance);",
        "x.balance_old >= zero;",
        "true;",
    ],
)
def test_names_numbers_and_texts_keep_their_spelling(written: str) -> None:
    assert body(written) == written


def test_a_setting_stays_a_name_a_number_or_a_text() -> None:
    settings = 'solve { one: x; two: "x"; three: 3.0; }'
    text = intent("a: Bool", "a;", "a;").replace(" verify", f" {settings} verify")
    assert 'one: x;\n        two: "x";\n        three: 3.0;' in formatted(text)


def test_comments_stay_where_they_are() -> None:
    text = """# head

// second
intent pay( # open
  a: Bool, # first
  # before b
  b: Bool
  # last
) {# brace
guard { # in
    # own
    a; # after a

    # apart
    b and # middle
    a # before the end
    ;
    # end of guard
} # behind
effect { if (a) { } else { # why
} }
verify { a; }
# nearly done
}
# done"""
    assert (
        formatted(text)
        == """# head

// second
intent pay(  # open
    a: Bool,  # first
    # before b
    b: Bool
    # last
) {  # brace
    guard {  # in
        # own
        a;  # after a

        # apart
        b
            and  # middle
            a;  # before the end
        # end of guard
    }  # behind
    effect {
        if (a) {
        } else {  # why
        }
    }
    verify { a; }
    # nearly done
}
# done
"""
    )


def test_an_else_that_only_holds_another_if_is_a_chain_unless_a_comment_stands_there() -> None:
    def effect(other: str) -> str:
        return formatted(intent("a: Bool, x: Account", "a;", "a;", f"if (a) {{ x.n = 1; }} else {other}"))

    chain = effect("if (a) { x.n = 2; }")
    assert effect("{ if (a) { x.n = 2; } }") == chain
    assert effect("{ if (a) { x.n = 2; } else { } }") == chain
    assert "} else if (a) { x.n = 2; }" in chain
    assert "} else {\n            # why\n            if (a)" in effect("{ # why\n if (a) { x.n = 2; } }").replace(
        "{  # why\n", "{\n            # why\n"
    )


def test_an_empty_line_stays_one_but_never_at_the_ends_of_a_block() -> None:
    assert body("\n\n a;\n\n\n\n b;\n c;\n\n") == "a;\n\nb;\nc;"


def test_operators_of_neighbouring_lines_of_one_kind_are_aligned() -> None:
    assert body("x = 1; longer = 2; a;") == "x      = 1;\nlonger = 2;\na;"
    assert body("x == 1; longer == 2; x < 3;") == "x      == 1;\nlonger == 2;\nx < 3;"


def test_long_lines_break_before_operators_the_loosest_first() -> None:
    long = "a_name_of_a_value_so_long"
    assert body(f"{long} + {long} + {long} == {long};") == f"{long} + {long} + {long}\n    == {long};"
    assert body(f"{long} + {long} + {long} + {long} == 1;") == (
        f"{long}\n        + {long}\n        + {long}\n        + {long}\n    == 1;"
    )


def test_long_arguments_go_one_level_deeper_on_one_line_or_on_several() -> None:
    def head(count: int) -> str:
        names = (f"a_parameter_of_a_long_name_{position}: Bool" for position in range(count))
        return formatted(intent(", ".join(names), "a;", "a;")).partition(" {\n")[0]

    assert head(2).count("\n") == 0
    assert head(3).count("\n") == 4
    few = f"{'a' * 60}: Bool, {'b' * 20}: Bool"
    assert f"(\n    {few}\n) {{" in formatted(intent(few, "a;", "a;"))


def test_line_ends_become_line_feeds_and_lines_end_with_what_is_written() -> None:
    text = formatted("intent f(a: Bool) {\r\n guard { a; } # x \t\r\n verify { a; }\r\n}")
    assert "\r" not in text
    assert all(line == line.rstrip() for line in text.split("\n"))


@pytest.mark.parametrize(("text", "code"), [("", "SYNTAX"), ("intent", "SYNTAX"), ("é\x00", "SYNTAX")])
def test_a_text_that_does_not_parse_has_a_finding_with_its_place(text: str, code: str) -> None:
    found = format_text(text.encode())
    assert found.text is None
    assert found.findings[0].code == code
    assert found.findings[0].span is not None


def test_bytes_that_are_no_text_have_a_finding() -> None:
    assert format_text(b"\xff").findings[0].code == "ENCODING"


def test_a_text_that_would_grow_over_the_limit_is_left_as_it_is() -> None:
    text = "intent f(a:Bool){guard{a;a;a;}verify{a;}}"
    limits = Limits(text_bytes=len(text))
    found = format_text(text.encode(), limits)
    assert found.text is None
    assert found.findings[0].code == "TOO_LARGE"
    assert "the formatted text is refused" in found.findings[0].message


def test_a_text_of_the_deepest_nesting_is_formatted() -> None:
    assert is_lawful(intent("a: Bool", f"{'(' * 64}a{')' * 64};", "a;"))
    assert is_lawful(intent("a: Bool, n: Int", f"{'1 - (' * 64}n{')' * 64} > 0;", "a;"))


def test_a_word_in_quotes_is_no_mark() -> None:
    """Parentheses around a text must not be what makes a line readable."""
    assert is_lawful(intent("m: Text, a: Bool", "a;", 'if "(" == m then a else a;', 'require ("=" == m);'))
    assert not is_lawful('intent f("secret" a: Bool) { guard { a; } verify { a; } }')


def test_tokens_are_never_lost_or_made_but_for_parentheses() -> None:
    for seed in range(60):
        text = generate(seed).text
        found = format_text(text.encode()).text
        if found is None:
            continue
        kinds = (Kind.NAME, Kind.NUMBER, Kind.STRING)
        words = [[token.text for token in lexed(each).tokens if token.kind in kinds] for each in (text, found)]
        assert sorted(words[0]) == sorted(words[1])


def test_a_comment_behind_an_opening_parenthesis_belongs_to_the_line_that_begins_there() -> None:
    assert body("a;\n( # why\nn) > 1;") == "a;\n# why\nn > 1;"


def test_a_comment_that_comes_to_stand_behind_an_opening_parenthesis_alone_has_its_own_line() -> None:
    assert is_lawful(intent("a: Bool, b: Bool", "a;", f"if (( (# why\n{'a or ' * 20}b) == false)) {{ b; }}"))


def test_only_the_first_of_two_comments_ends_a_line() -> None:
    text = intent("a: Account, n: Int", "n > 1;", "n > 1;", "x = n # first\n; # second\nlong_name = n;")
    assert is_lawful(text)
    assert "# first\n        # second\n        long_name = n;" in formatted(text)
