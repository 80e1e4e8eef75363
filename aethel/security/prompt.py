"""S12: text that instructs a language model that may read it: a comment that does rejects, a field is worth advice.

No expert here is a language model, and a field's type keeps what it says out of every decision, so that a field is only
worth attention. A comment is read by nobody but people and whatever machine helps them, so that instructions to a
machine in it are written to deceive. The class is heuristic: a rule pack says what instructions look like, in words by
what they do and in the order they follow one another, and each match adds a share; 1 decides.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain

from aethel.intent.reading import Reading
from aethel.intent.source import Source
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.fields import Field
from aethel.security.regions import Place
from aethel.verdict import Disposition, Finding, Span

_PACKAGE = "aethel.security"
_DATA = "prompt.toml"

CONFIDENCE = Decimal("0.75")
"""The confidence of a finding: the lower end of the exact 95 % interval of its precision on the training rows of the
public corpora (13 of 13 findings, among 20 rows written to language models and 838 ordinary ones)."""

_TOKEN = re.compile(r"[^\W_]+|[:,.!?;。！？\n]")
_SENTENCE_ENDS = frozenset(".!?;。！？\n")
_PAUSES = frozenset(":,")
_START = "start"


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Kinds of words in order, at most `gap` other words between two; `share` is what a match adds.

    An `anchored` one begins where a text or a sentence does.
    """

    name: str
    sequence: tuple[str, ...]
    gap: int
    share: Decimal
    anchored: bool


_Step = tuple[Pattern, int]
"""That a word can be the so many-th of a pattern, counted from 1."""


@dataclass(frozen=True, slots=True)
class PromptRules:
    """One version of the rule pack: `steps` says where in patterns a word can stand, the later places first, and
    `markers` finds the tokens of chat templates. `places` has a bit for each of the steps of a word, and `complete` the
    bits of each pattern."""

    version: str
    steps: Mapping[str, tuple[_Step, ...]]
    markers: re.Pattern[str]
    places: Mapping[str, int]
    complete: tuple[tuple[Pattern, int], ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """Where a text instructs a machine, as half-open offsets, and by what."""

    start: int
    end: int
    what: str


@cache
def load_prompt_rules() -> PromptRules:
    """Read the rule pack that ships with the package; raises ValueError when it is damaged."""
    pack = tomllib.loads(files(_PACKAGE).joinpath(_DATA).read_text("utf-8"))
    steps: dict[str, list[_Step]] = {}
    for each in pack["pattern"]:
        anchored = each["sequence"][0] == _START
        sequence = tuple(each["sequence"][1:] if anchored else each["sequence"])
        pattern = Pattern(each["name"], sequence, each["gap"], Decimal(str(each["share"])), anchored)
        # Later places first, so that one word is never two places of a pattern at once.
        for place in range(len(sequence), 0, -1):
            if sequence[place - 1] not in pack["words"]:
                raise ValueError(f"pattern `{pattern.name}` of the rule pack names unknown words")
            for word in pack["words"][sequence[place - 1]]:
                steps.setdefault(word, []).append((pattern, place))
    tokens = (re.escape(token).replace(r"\*", r"\w{1,40}") for token in pack["markers"]["tokens"])
    markers = re.compile("|".join(tokens), re.IGNORECASE)
    bits = {step: 1 << number for number, step in enumerate(dict.fromkeys(chain.from_iterable(steps.values())))}
    needed: dict[Pattern, int] = {}
    for step, bit in bits.items():
        needed[step[0]] = needed.get(step[0], 0) | bit
    return PromptRules(
        version=pack["version"],
        steps={word: tuple(each) for word, each in steps.items()},
        markers=markers,
        places={word: sum(bits[step] for step in dict.fromkeys(each)) for word, each in steps.items()},
        complete=tuple(needed.items()),
    )


def instruction(rules: PromptRules, text: str) -> Instruction | None:
    """The first place where a text instructs a machine, None for ordinary text; linear in the text."""
    marker = rules.markers.search(text)
    if marker is not None:
        return Instruction(*marker.span(), "it holds a token of a chat template")
    if not _may_decide(rules, text):
        return None
    share = Decimal(0)
    found: dict[str, Instruction] = {}
    for pattern, start, end in _matches(rules, text):
        if pattern.name not in found:
            found[pattern.name] = Instruction(start, end, pattern.name)
            share += pattern.share
            if share >= 1:
                extent = found.values()
                what = " and ".join(found)
                return Instruction(min(each.start for each in extent), max(each.end for each in extent), what)
    return None


def _may_decide(rules: PromptRules, text: str) -> bool:
    """Whether the words of a text, in whatever order, make patterns whose shares together decide.

    Each word is looked at once however often it stands in the text, and most texts need no other look.
    """
    present = 0
    for word in set(_TOKEN.findall(text)):
        present |= rules.places.get(word if word in rules.places else _plain(word), 0)
    shares: dict[str, Decimal] = {}
    for pattern, needed in rules.complete if present else ():
        if present & needed == needed:
            shares[pattern.name] = max(pattern.share, shares.get(pattern.name, pattern.share))
    return sum(shares.values()) >= 1


def _matches(rules: PromptRules, text: str) -> Iterator[tuple[Pattern, int, int]]:
    """Every pattern that is completed, in the order of the text."""
    begun: dict[_Step, tuple[int, int]] = {}
    index, is_start = 0, True
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in _SENTENCE_ENDS:
            begun.clear()
            is_start = True
            continue
        index += word not in _PAUSES
        for step in rules.steps.get(word if word in rules.steps else _plain(word), ()):
            pattern, place = step
            if place == 1:
                if is_start or not pattern.anchored:
                    begun[step] = (index, match.start())
                continue
            before = begun.get((pattern, place - 1))
            if before is None or index - before[0] > pattern.gap + 1:
                continue
            begun[step] = (index, before[1])
            if place == len(pattern.sequence):
                yield pattern, before[1], match.end()
        is_start = False


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return _kept_plain(word) if len(word) <= _KEPT_LENGTH else _folded(word)


_KEPT_LENGTH = 40
"""Characters of a word whose folded form is kept: ordinary words come again, and what is kept stays small."""


@lru_cache(maxsize=8192)
def _kept_plain(word: str) -> str:
    return _folded(word)


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def judge_comments(reading: Reading, source: Source, tally: Tally) -> None:
    """Report (REJECT) each run of comments that instructs a machine, with the span of the instruction.

    Comments on lines that follow one another are read as one text, as people read them. Linear in the comments.
    """
    rules = load_prompt_rules()
    for text, offsets in _runs(source, reading.comments):
        tally.work += len(text)
        found = instruction(rules, text)
        if found is not None:
            span = source.span(offsets[found.start], offsets[found.end - 1] + 1)
            _report(tally, f"{span}: a comment instructs a machine: {found.what}", Disposition.REJECT, span)


def judge_prompt_field(field: Field, tally: Tally) -> None:
    """Report (ADVISE) a human text that comes with a question and instructs a machine; linear in the text."""
    if field.place is Place.NAME:
        tally.work += len(field.text)
        found = instruction(load_prompt_rules(), field.text)
        if found is not None:
            _report(tally, f"{field.name} instructs a machine: {found.what}", Disposition.ADVISE, None)


def settle_prompt(tally: Tally) -> None:
    """State the outcome of S12."""
    found = any(class_ is SecurityClass.PROMPT for class_, _ in tally.counts)
    tally.settle(SecurityClass.PROMPT, "text that instructs a machine" if found else "no text instructs a machine")


def _runs(source: Source, comments: Sequence[tuple[int, int]]) -> Iterator[tuple[str, list[int]]]:
    """The text of comments line by line, those on lines that follow one another together, with its offsets."""
    characters: list[str] = []
    offsets: list[int] = []
    last = -1
    for start, end in comments:
        line = source.span(start, end).line
        if offsets and line != last + 1:
            yield "".join(characters), offsets
            characters, offsets = [], []
        begin = start
        while begin < end and source.text[begin] in "#/":
            begin += 1
        if offsets:
            characters.append(" ")
            offsets.append(start)
        characters.append(source.text[begin:end])
        offsets.extend(range(begin, end))
        last = line
    if offsets:
        yield "".join(characters), offsets


def _report(tally: Tally, message: str, disposition: Disposition, span: Span | None) -> None:
    tally.add(
        SecurityClass.PROMPT,
        Finding(
            code=SecurityClass.PROMPT.value,
            message=message,
            disposition=disposition,
            span=span,
            cwe=Weakness.PROMPT,
            confidence=CONFIDENCE,
            advice="say what the intent does, and leave what machines should do to their operators",
        ),
    )
