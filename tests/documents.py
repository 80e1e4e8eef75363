"""Commands and their output as documents show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FENCE = "```"
PROMPT = "$ "
GAP = "…"
"""Stands for any text within a line, and alone on a line for any lines."""


@dataclass(frozen=True)
class Block:
    """A fenced block: the words after the fence, and its lines."""

    words: tuple[str, ...]
    lines: tuple[str, ...]
    line_number: int


@dataclass(frozen=True)
class Shown:
    """A command as a document shows it, with the output that follows it there; None where none is shown."""

    command: str
    output: tuple[str, ...] | None
    line_number: int


def blocks(document: Path) -> Iterator[Block]:
    """Every fenced block of a document."""
    opened: Block | None = None
    inside: list[str] = []
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if opened is None and line.startswith(FENCE):
            opened, inside = Block(tuple(line.removeprefix(FENCE).split()), (), number), []
        elif opened is not None and line == FENCE:
            yield Block(opened.words, tuple(inside), opened.line_number)
            opened = None
        else:
            inside.append(line)
    assert opened is None, f"{document.name}: a block is not closed"


def commands(document: Path, kinds: Sequence[str]) -> Iterator[Shown]:
    """The commands of all blocks of some kinds: those after the prompt in `console`, every line in others."""
    for block in blocks(document):
        if not block.words or block.words[0] not in kinds:
            continue
        if block.words[0] == "console":
            yield from _after_prompts(block)
        else:
            numbered = enumerate(block.lines, block.line_number + 1)
            yield from (Shown(line, None, number) for number, line in numbered if line.strip())


def _after_prompts(block: Block) -> Iterator[Shown]:
    starts = [index for index, line in enumerate(block.lines) if line.startswith(PROMPT)]
    assert starts[:1] == [0], f"line {block.line_number}: a console block begins with a command"
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        command = block.lines[start].removeprefix(PROMPT)
        yield Shown(command, block.lines[start + 1 : end], block.line_number + 1 + start)


def is_shown(shown: Sequence[str], real: Sequence[str]) -> bool:
    """Whether real output is what is shown of it, gaps and spaces at the ends of lines aside."""
    reachable = {0}
    for line in shown:
        if line.strip() == GAP:
            reachable = set(range(min(reachable), len(real) + 1)) if reachable else set()
        else:
            reachable = {at + 1 for at in reachable if at < len(real) and _is_line(line.rstrip(), real[at].rstrip())}
    return len(real) in reachable


def _is_line(shown: str, real: str) -> bool:
    first, *others = shown.split(GAP)
    if not others:
        return shown == real
    if not real.startswith(first):
        return False
    at = len(first)
    *middle, last = others
    for piece in middle:
        found = real.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(real) - at >= len(last) and real.endswith(last)
