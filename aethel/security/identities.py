"""Which identities are one and which are not, as far as assumed equalities say."""

from __future__ import annotations

from dataclasses import dataclass, field

from aethel.intent.terms import Op, Term


@dataclass(slots=True)
class Identities:
    """Classes of identity terms that are equal, the literal of each, and pairs that are not equal."""

    parents: dict[int, int] = field(default_factory=dict)
    literals: dict[int, str] = field(default_factory=dict)
    apart: set[frozenset[int]] = field(default_factory=set)

    def copy(self) -> Identities:
        return Identities(dict(self.parents), dict(self.literals), set(self.apart))

    def literal_of(self, term: Term) -> str | None:
        """The text that an identity is known to be."""
        return self.literals.get(self._class_of(term))

    def equal(self, first: Term, second: Term) -> bool | None:
        """Whether two are one identity, None where nothing says so."""
        one, other = self._class_of(first), self._class_of(second)
        if one == other:
            return True
        texts = self.literals.get(one), self.literals.get(other)
        if None not in texts:
            return texts[0] == texts[1]
        return False if frozenset((one, other)) in self.apart else None

    def unite(self, first: Term, second: Term) -> None:
        """Note that two are one identity."""
        one, other = self._class_of(first), self._class_of(second)
        if one != other:
            self.parents[one] = other
            self.apart = {frozenset(other if each == one else each for each in pair) for pair in self.apart}
            text = self.literals.get(one)
            if text is not None:
                self.literals[other] = text

    def separate(self, first: Term, second: Term) -> None:
        """Note that two are different identities."""
        self.apart.add(frozenset((self._class_of(first), self._class_of(second))))

    def give(self, term: Term, text: str) -> None:
        """Note which text an identity is."""
        self.literals[self._class_of(term)] = text

    def _class_of(self, term: Term) -> int:
        if term.op is Op.CONST and isinstance(term.value, str):
            self.literals.setdefault(term.order, term.value)
        return self._root(term.order)

    def _root(self, order: int) -> int:
        while order in self.parents:
            order = self.parents[order]
        return order
