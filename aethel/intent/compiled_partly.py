"""Truth where some values are missing: what is known whatever the missing ones are, in Kleene's three-valued logic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aethel.intent.evaluation import apply
from aethel.intent.terms import Op, Term, Value, in_order


class Partly:
    """Conditions that can be asked with any part of the values."""

    def __init__(self, roots: Sequence[Term]) -> None:
        self._roots = tuple(roots)
        self._order = tuple(in_order(*roots))

    def truths(self, values: Mapping[str, Value]) -> Iterator[bool | None]:
        """For each condition whether it holds, None where that depends on a missing value."""
        known: dict[int, Value | None] = {}
        for node in self._order:
            known[node.order] = _known(node, [known[arg.order] for arg in node.args], values)
        for root in self._roots:
            truth = known[root.order]
            yield None if truth is None else bool(truth)


def _known(node: Term, args: list[Value | None], values: Mapping[str, Value]) -> Value | None:
    """The value of one node; None where it depends on what is missing."""
    if node.op is Op.VAR:
        return values.get(str(node.value))
    present = [arg for arg in args if arg is not None]
    if len(present) == len(args):
        return apply(node, present, values)
    match node.op:
        case Op.AND if False in present:
            return False
        case Op.OR if True in present:
            return True
        case Op.MUL if 0 in present:
            return 0
        case Op.ITE if args[0] is not None:
            return args[1] if args[0] else args[2]
        case Op.ITE if args[1] == args[2]:
            return args[1]
        case _:
            return None
