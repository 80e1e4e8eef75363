"""The laws of the digest: names, layout and order that say nothing never change it, another meaning always does."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from aethel.intent.obligations import obligations
from aethel.intent.reading import Reading, read
from tests.fuzz.generator import Case
from tests.fuzz.judgement import Disagreement, Watched
from tests.fuzz.model import Account, Binding, File, For, Symbol, walk
from tests.fuzz.mutations import mutated
from tests.fuzz.operands import commuted, turned
from tests.fuzz.oracle import Oracle, Seen
from tests.fuzz.printing import Style, print_file, shuffled

_TURNED = 0.4
"""The share of programs of which one is compared that has operands swapped."""

_NEW_NAMES = tuple(f"{first}{second}" for first in "bdghkvwz" for second in ("ara", "olim", "u", "estin", "ipo"))


def renamed(file: File, random: Random) -> dict[str, str]:
    """A new name for everything whose name does not count: what is declared, bound, defined or counts turns."""
    names: dict[str, None] = {}
    for node in walk(file.items):
        match node:
            case Account(written=written) if written:
                names[node.name] = None
            case Symbol(declared=True) | Symbol(local=True):
                names[node.name] = None
            case Binding() | For():
                names[node.name] = None
            case _:
                pass
    free = {node.name for node in walk(file.items) if isinstance(node, Symbol) and not node.declared and not node.local}
    free |= {intent_account.name for intent in file.intents for intent_account in intent.accounts}
    declared = {account.name for intent in file.intents for account in intent.accounts if account.written}
    found = [name for name in names if name not in free or name in declared]
    return dict(zip(found, random.sample(_NEW_NAMES, len(found)), strict=True))


def equal_digests(case: Case, reading: Reading, random: Random) -> Iterator[Disagreement]:
    """The same program in another style, with other names and another order of lines and operands, has its digest."""
    assert case.file is not None
    assert reading.file is not None
    style = Style(Random(random.random()), renamed(case.file, random))
    text = print_file(commuted(shuffled(case.file, random), _apart(case)), style)
    other = read(text.encode())
    if other.file is None:
        yield Disagreement("digest", f"refused when written differently: {other.findings[0].message}\n{text}")
    elif other.file.digest != reading.file.digest:
        yield Disagreement("digest", f"another digest when written differently\n{text}")


def _apart(case: Case) -> Random:
    """Numbers of their own for what is done to operands."""
    return Random(f"operands {case.seed}")


def different_meanings(case: Case, reading: Reading, watched: list[Watched], random: Random) -> Iterator[Disagreement]:
    """A program with a mistake more, or operands swapped, has another digest, unless it does the same in all states."""
    assert case.file is not None
    yield from _different(mutated(case.file, random), Random(random.random()), reading, watched)
    apart = _apart(case)
    other = turned(case.file, apart) if apart.random() < _TURNED else None
    if other is not None:
        yield from _different(other, apart, reading, watched)


def _different(file: File, random: Random, reading: Reading, watched: list[Watched]) -> Iterator[Disagreement]:
    assert reading.file is not None
    text = print_file(file, Style(random))
    other = read(text.encode())
    if other.file is None or other.file.digest != reading.file.digest:
        return
    found = obligations(other.file)
    for position, each in enumerate(watched):
        oracle = Oracle(other, position, found)
        if {one.name for one in oracle.program.variables} != {one.name for one in each.oracle.program.variables}:
            yield Disagreement("digest", f"one digest for programs over other names\n{text}")
            return
        for seen in each.seen[:12]:
            if _told_apart(seen, oracle.see(seen.state)):
                yield Disagreement("digest", f"one digest for programs that differ with {seen.state}\n{text}")
                return


def _told_apart(first: Seen, second: Seen) -> bool:
    """Whether two executions differ in what starts, what comes out, or what fails."""
    if first.guarded is not second.guarded or first.admitted is not second.admitted:
        return True
    if not first.admitted:
        return False
    return first.run.after != second.run.after or bool(first.failing) is not bool(second.failing)
