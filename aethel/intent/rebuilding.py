"""Terms with some of their nodes replaced by others, in the builder that made them."""

from __future__ import annotations

from collections.abc import Mapping

from aethel.intent.terms import Op, Term, Terms, in_order


class Rebuilding:
    """Replaces the nodes that `replaced` maps, wherever they stand; constants that so meet are folded."""

    def __init__(self, terms: Terms, replaced: Mapping[Term, Term]) -> None:
        self._terms = terms
        self._known = {node.order: other for node, other in replaced.items()}

    def of(self, root: Term) -> Term:
        """The term with its nodes replaced, itself where none of them stands in it; linear in nodes not seen before."""
        for node in in_order(root, done=self._known):
            args = tuple(self._known[arg.order] for arg in node.args)
            same = all(new is old for new, old in zip(args, node.args, strict=True))
            self._known[node.order] = node if same else self._remade(node, args)
        return self._known[root.order]

    def _remade(self, node: Term, args: tuple[Term, ...]) -> Term:
        terms = self._terms
        match node.op:
            case Op.ADD:
                return terms.add(*args)
            case Op.MUL:
                return terms.mul(*args)
            case Op.NEG:
                return terms.neg(*args)
            case Op.EQ:
                return terms.eq(*args)
            case Op.LT:
                return terms.lt(*args)
            case Op.LE:
                return terms.le(*args)
            case Op.AND:
                return terms.and_(*args)
            case Op.OR:
                return terms.or_(*args)
            case Op.NOT:
                return terms.not_(*args)
            case Op.ITE:
                return terms.ite(*args)
            case Op.IS_INT:
                return terms.is_int(*args)
            case Op.FLOOR_DIV | Op.CEIL_DIV | Op.HALF_EVEN_DIV | Op.MOD | Op.EXACT_DIV:
                return terms.divide(node.op, *args)
            case Op.CONST | Op.VAR:
                return node
