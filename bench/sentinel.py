"""The Sentinel: misses and false alarms on public data by class, category and tier, and what an answer costs."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aethel.cli.scanning import question_of_text
from aethel.intent.readings import KEPT
from aethel.request import Question
from aethel.rules import NO_RULES
from aethel.runtime.collection import set_aside_what_is_kept
from aethel.security.catalogue import CATALOGUE, Ground
from aethel.security.expert import SentinelExpert
from aethel.verdict import Disposition, ExpertVerdict, Vote
from bench.measure import REPOSITORY, ROUNDS, Figure, figure, ratios, rounds
from bench.results import conclude
from bench.shares import share

CORPORA = REPOSITORY.parent / "shared" / "corpora"

MOST_MISSES, MOST_FALSE_ALARMS = 2.0, 0.2
"""Percent of the core rows of the validation part: attacks that pass, and ordinary texts that are refused."""

NEVER_MISSED = ("payee_homoglyph", "payee_invisible_char", "payee_bidi_control")
"""Categories of which not one row may pass."""

_TRAIN, _VALIDATE = "train", "validate"
_HALF = 128
_DEADLINE_MS = 100.0


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text; `part` says whether rules may be made from it."""

    text: str
    category: str
    tier: str
    is_attack: bool
    part: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with what became of it: whether it passed, and the classes that refused it."""

    row: Row
    passed: bool
    refused_by: frozenset[str]


def rows(folder: Path = CORPORA) -> Iterator[Row]:
    """Every labelled text; a row is for validation where the first byte of SHA-256 of its id is below 128."""
    for name, is_attack in (("security_malicious", True), ("security_benign", False)):
        with (folder / f"{name}.jsonl").open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                read = json.loads(line)
                first = hashlib.sha256(read["id"].encode()).digest()[0]
                part = _VALIDATE if first < _HALF else _TRAIN
                yield Row(read["input"], read["category"], read["tier"], is_attack, part)


def judge(expert: SentinelExpert, row: Row) -> Judged:
    """Put one row to the expert as a text."""
    verdict = ask(expert, row.text)
    rejecting = (found for found in verdict.findings if found.disposition is Disposition.REJECT)
    return Judged(row, verdict.verdict is Vote.APPROVE, frozenset(found.code for found in rejecting))


def ask(expert: SentinelExpert, text: str) -> ExpertVerdict:
    """The verdict on one text of an unknown sender."""
    return expert.verify(question_of_text(text, "FreeText", NO_RULES), _DEADLINE_MS)


def shares(found: Iterable[Judged]) -> list[Figure]:
    """Misses and false alarms of each part: as a whole by tier, by category, and by class."""
    figures: list[Figure] = []
    judged = list(found)
    for part in (_VALIDATE, _TRAIN):
        of_part = [each for each in judged if each.row.part == part]
        figures += _by_tier(part, of_part)
        figures += _by_category(part, of_part)
        figures += _by_class(part, of_part)
    return figures


def _by_tier(part: str, judged: Iterable[Judged]) -> Iterator[Figure]:
    grouped: dict[tuple[str, bool], list[Judged]] = defaultdict(list)
    for each in judged:
        grouped[each.row.tier, each.row.is_attack].append(each)
    for (tier, is_attack), group in sorted(grouped.items()):
        most = MOST_MISSES if is_attack else MOST_FALSE_ALARMS
        goal = most if part == _VALIDATE and tier == "core" else None
        yield _wrong(f"{part}.{tier}.{'misses' if is_attack else 'false_alarms'}", tier, group, goal)


def _by_category(part: str, judged: Iterable[Judged]) -> Iterator[Figure]:
    grouped: dict[tuple[bool, str, str], list[Judged]] = defaultdict(list)
    for each in judged:
        grouped[each.row.is_attack, each.row.category, each.row.tier].append(each)
    for (is_attack, category, tier), group in sorted(grouped.items()):
        never = part == _VALIDATE and is_attack and category in NEVER_MISSED
        yield _wrong(f"{part}.{category}.{tier}", f"{category}, {tier}", group, 0.0 if never else None)


def _wrong(id_: str, what: str, group: list[Judged], goal: float | None) -> Figure:
    """The share of a group, all attacks or all ordinary texts, that was judged wrongly."""
    is_attack = group[0].row.is_attack
    count = sum(each.passed == is_attack for each in group)
    return share(id_, f"{what}: {'misses' if is_attack else 'false alarms'}", count, len(group), goal)


def _by_class(part: str, judged: list[Judged]) -> Iterator[Figure]:
    """What each class refuses of the core rows: attacks, which other classes may refuse too, and ordinary texts."""
    core = [each for each in judged if each.row.tier == "core"]
    for each in CATALOGUE:
        for is_attack, word in ((True, "attacks refused"), (False, "ordinary texts refused")):
            group = [one for one in core if one.row.is_attack is is_attack]
            count = sum(each.class_.value in one.refused_by for one in group)
            id_ = f"{part}.{each.class_.value}.{'attacks' if is_attack else 'ordinary'}"
            yield share(id_, f"{each.class_.value} {each.title}: {word}", count, len(group))
        if each.ground is Ground.MEASURED:
            refused = [one for one in core if each.class_.value in one.refused_by]
            right = sum(one.row.is_attack for one in refused)
            yield share(f"{part}.{each.class_.value}.precision", f"{each.class_.value}: precision", right, len(refused))


_LEG = """intent pay{n}(sender: Account, receiver: Account, amount: Balance, memo: Text) {{
    # {words}
    guard {{ amount > 0; old_sender_balance >= amount; memo == "{words}"; }}
    effect {{ sender.balance -= amount; receiver.balance += amount; }}
    verify {{ sender_balance == old_sender_balance - amount; }}
}}
"""

TEXTS = {
    "ASCII": "O'Brien & Sons, invoice #42 (50% off)",
    "Cyrillic and Latin": "Счёт № 42 от ООО Ромашка, Müller GmbH",
    "Han, kana and Latin": "請求書42番 ソニーSony株式会社 御中",
    "Arabic and Latin": "فاتورة رقم ٤٢ من شركة Google المحدودة",
}

FIELDS = {
    **TEXTS,
    "prose": "The quick brown fox jumps over the lazy dog, and then it rests.",
    "curly quotes": "The “quick” brown fox’s den isn’t far — it’s near.",
    "Cyrillic": "Оплата по договору поставки оборудования за март.",
    "many signs": "50% off & more; (a+b)=c #42 'x' \"y\" <z> {w} $5 @me | ~!",
}


def intent_of(size_bytes: int, words: str, first: int) -> bytes:
    """Payments that a text of at least so many bytes is made of; `first` tells texts apart."""
    made = b""
    number = first
    while len(made) < size_bytes:
        made += _LEG.format(n=number, words=f"{words} {number}").encode()
        number += 1
    return made


def costs(expert: SentinelExpert) -> list[Figure]:
    """P10 for intents, known and new, and texts of 4 kB, and P9 for ten times the text.

    A new text must only keep the deadline; it costs a known one's time from then on.
    """
    cpu = "p99, CPU of the service"
    figures = []
    for name, words in TEXTS.items():
        known = _p99(expert, partial(_known, words))
        figures.append(figure("P10", f"intent of 4 kB with other values, {name}: {cpu}", known, "ms", 3.0))
    for name, words in TEXTS.items():
        new = _p99(expert, partial(_new, words))
        figures.append(figure("P10", f"intent of 4 kB for the first time, {name}: {cpu}", new, "ms", _DEADLINE_MS))
    for name, words in FIELDS.items():
        found = _p99(expert, partial(_field, words))
        figures.append(figure("P10", f"text of 4 kB, {name}: {cpu}", found, "ms", 3.0))
    for name, words in TEXTS.items():
        small, large = (_verifying(expert, intent_of(size, words, 0)) for size in (4_000, 40_000))
        found = ratios(rounds(small, large), 1, 0)
        figures.append(figure("P9", f"time for an intent ten times as long, {name}", found, "", 12.0))
    return figures


_CALLS = 200
"""Calls of which the slowest but one is the 99th percentile."""


def _known(words: str, number: int) -> Question:
    """One text, with values that no question before had."""
    values = {"amount": str(number + 1), "memo": f"{words} {number}"}
    return Question("bench", intent_text=intent_of(4_000, words, 0), arguments=values)


def _new(words: str, number: int) -> Question:
    return Question("bench", intent_text=intent_of(4_000, words, 100 * (number + 1)))


def _field(words: str, number: int) -> Question:
    line = f"{number} " + f"{words} " * (4_000 // len(words.encode()))
    return question_of_text(line.encode()[:4_000].decode(errors="ignore"), "Name", NO_RULES)


def _verifying(expert: SentinelExpert, text: bytes) -> Callable[[], object]:
    """Judges a text as if nothing were kept."""
    question = Question("bench", intent_text=text)

    def verify() -> object:
        KEPT.forget()
        expert.forget()
        return expert.verify(question, _DEADLINE_MS)

    return verify


def _p99(expert: SentinelExpert, question: Callable[[int], Question]) -> list[float]:
    """The 99th percentile of the milliseconds of this thread that an answer takes, for each round of new questions."""
    found = []
    expert.verify(question(0), _DEADLINE_MS)
    for each in range(ROUNDS):
        took = []
        for number in range(1 + each * _CALLS, 1 + (each + 1) * _CALLS):
            asked = question(number)
            began = time.thread_time()
            expert.verify(asked, _DEADLINE_MS)
            took.append(1000 * (time.thread_time() - began))
        found.append(sorted(took)[len(took) * 99 // 100 - 1])
    return found


def main() -> int:
    """Measure, print and keep all figures."""
    if not CORPORA.is_dir():
        print("the public data are absent: `../shared/corpora` is no folder", file=sys.stderr)  # noqa: T201
        return 1
    set_aside_what_is_kept()
    expert = SentinelExpert()
    return conclude("sentinel", [*shares(judge(expert, row) for row in rows()), *costs(expert)])


if __name__ == "__main__":
    sys.exit(main())
