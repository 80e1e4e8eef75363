"""What is to be said of an intent text whatever is given with it, worked out once for each text and each client."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass

from aethel.intent.kept import Kept
from aethel.intent.reading import Reading
from aethel.intent.readings import size_bytes
from aethel.intent.source import Source
from aethel.rules import Rules
from aethel.security import program_analysis, resources
from aethel.security.characters import code_point, is_plain, judge
from aethel.security.classes import Tally
from aethel.security.intents import judge_intents
from aethel.security.names import NameJudge
from aethel.security.program_analysis import OfText
from aethel.security.prompt import judge_comments
from aethel.security.regions import regions
from aethel.security.resources import Measured
from aethel.security.rulepack import CharacterRules
from aethel.security.text import judge_texts, literals_of
from aethel.verdict import Span

TOTAL_BYTES = 16 * 2**20
"""Room for what one expert said of texts."""

_RESULT_BYTES, _CHECK_BYTES = 500, 1_000
"""What an outcome of a class and one of a width take, about."""


@dataclass(frozen=True, slots=True)
class TextJudgement:
    """What was found in one text; nobody changes it once it is made.

    `first` is what comes before the findings in what is given with the text, `last` what comes after them. `complete`
    says whether all literals of the text were looked at, `refused` whether its loops make so much work that it is never
    lowered; `measured` is None where it does not parse, `programs` is None where the text was not read.
    """

    first: Tally
    last: Tally
    complete: bool
    refused: bool
    measured: Measured | None
    programs: OfText | None = None

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        tallies = [self.first, self.last] if self.programs is None else [self.first, self.last, self.programs.tally]
        checked = () if self.programs is None else self.programs.checked
        said = sum(2 * len(repr(each.findings)) + _RESULT_BYTES * (1 + len(each.results)) for each in tallies)
        shown = sum(_CHECK_BYTES + 2 * len(repr(each.shown)) for found in checked for each in found)
        return said + shown


class TextJudge:
    """Judges texts and keeps what it said, up to a bound in bytes. Threads may share it.

    A verdict is put together from the same parts whether they were kept or not, so that it never tells.
    """

    def __init__(self, rules: CharacterRules, names: NameJudge, total_bytes: int = TOTAL_BYTES) -> None:
        self._rules = rules
        self._names = names
        self._kept: Kept[Hashable, TextJudgement] = Kept(total_bytes)

    @property
    def taken_bytes(self) -> int:
        """About what all that is kept takes."""
        return self._kept.taken_bytes

    def forget(self) -> None:
        """Forget everything, so that each text is judged anew."""
        self._kept.clear()

    def judge(self, key: bytes, reading: Reading, source: Source, rules: Rules, *, given: bool) -> TextJudgement:
        """What is to be said of a text that was read under this key, where values are `given` for it or not."""
        place = key, given, _part_of(rules)
        found = self._kept.get(place)
        if found is None:
            found = self._judged(reading, source, rules, given=given)
            self._kept.put(place, found, found.size_bytes + size_bytes(reading))
        return found

    def _judged(self, reading: Reading, source: Source, rules: Rules, *, given: bool) -> TextJudgement:
        first, last = Tally(), Tally()
        site = TextSite(source)
        for region in () if is_plain(source.text) else regions(source.text):
            judge(self._rules, region, site, first)
        self._names.judge_text(source, site, rules, first)
        tree = reading.syntax
        measured = None if tree is None else resources.measure(tree, source)
        loops = measured is not None and measured.loop is not None
        if tree is not None and loops and not resources.judge_syntax(tree, source, first):
            complete = judge_texts(literals_of(source, rules), last)
            return TextJudgement(first, last, complete, refused=True, measured=measured)
        resources.judge_reading(reading, first)
        self._names.judge_reading(reading, source, first)
        complete = judge_texts(literals_of(source, rules), last)
        judge_comments(reading, source, last)
        judge_intents(reading, source, rules, last)
        programs = None if reading.file is None else program_analysis.of_text(reading, given=given)
        return TextJudgement(first, last, complete, refused=False, measured=measured, programs=programs)


@dataclass(frozen=True, slots=True)
class TextSite:
    """Names a character of the intent text by line and column."""

    source: Source

    def name(self, extent: tuple[int, int], character: str) -> tuple[str, Span | None]:
        span = self.source.span(*extent)
        if self.is_raw_byte(extent):
            return f"{span}: 0x{ord(character) - 0xDC00:02X}", span
        return f"{span}: {code_point(character)}", span

    def is_raw_byte(self, extent: tuple[int, int]) -> bool:
        return "\ud800" <= self.source.text[extent[0]] <= "\udfff"


def _part_of(value: object) -> Hashable:
    """Rules, and what is in them, as something that can be looked up."""
    if isinstance(value, Rules) and value.is_empty():
        return None
    if isinstance(value, Mapping):
        return tuple((name, _part_of(each)) for name, each in value.items())
    if is_dataclass(value):
        return tuple(_part_of(getattr(value, each.name)) for each in fields(value))
    assert isinstance(value, Hashable)
    return value
