"""What is known of the executions of one program that its guards and requires admit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import combinations

from aethel.intent.obligations import distinctness, supply
from aethel.intent.program import Divisor, Program
from aethel.intent.terms import Term, Value
from aethel.intent.types import bounds_of
from aethel.security.intervals import Interval
from aethel.security.knowledge import Contradiction, Knowledge
from aethel.security.linear import Forms, Work

_NODES_OF_A_REPLAY = 4
"""Units of work of the analysis that one operand of a program is worth when it is run in the reference interpreter."""


class Admission:
    """Knowledge at the places of one program, where `given` has values for some of its variables.

    None stands for a place that no execution comes to. The hypotheses of the language are assumed: ranges of types,
    distinct accounts, and with `supplied` that the supply of each asset fits its width. Raises Exhausted.
    """

    def __init__(self, program: Program, given: Mapping[str, Value], work: Work, *, supplied: bool = True) -> None:
        self.program = program
        self._given = given
        self._supplied = supplied
        self._work = work
        self._forms = Forms(work)
        self._reaching: dict[tuple[Collection[int], int], Knowledge | None] = {}
        self._paths: dict[tuple[int, int], Knowledge | None] = {}
        self._conditions: dict[frozenset[int], tuple[Term, ...]] = {}

    @property
    def replay_work(self) -> int:
        """What one run of the program in the reference interpreter costs."""
        return _NODES_OF_A_REPLAY * (len(self.program.stores) + len(self.program.guards) + len(self.program.posts))

    @cached_property
    def typed(self) -> Knowledge | None:
        """What types, given values and hypotheses say, guards aside."""
        knowledge = Knowledge(self._forms, self._work)
        try:
            for variable in self.program.variables:
                low, high = bounds_of(variable.type)
                if low is not None or high is not None:
                    knowledge.bound(variable.term, Interval(low, high))
            for variable in self.program.variables:
                if variable.name in self._given:
                    knowledge.pin(variable.term, self._given[variable.name])
            self._distinguish(knowledge)
            knowledge.assume_all(supply(self.program) if self._supplied else ())
        except Contradiction:
            return None
        return knowledge

    @cached_property
    def guarded(self) -> Knowledge | None:
        """What the guards say besides."""
        return self.under(guard.term for guard in self.program.guards)

    @cached_property
    def admitted(self) -> Knowledge | None:
        """What guards and requires say together."""
        return self._assuming(self.guarded, self._demands()) if self.program.requires else self.guarded

    def under(self, conditions: Iterator[Term]) -> Knowledge | None:
        """What these conditions say beside types, given values and hypotheses."""
        return self._assuming(self.typed, conditions)

    def reaching(self, divisor: Divisor) -> Knowledge | None:
        """What holds where an execution comes to a divisor: the guards it does not stand in, the requires before it."""
        key = (divisor.guards, divisor.reached.order)
        if key not in self._reaching:
            start = self.guarded
            if divisor.guards:
                others = (each.term for index, each in enumerate(self.program.guards) if index not in divisor.guards)
                start = self.under(others)
            reached = divisor.reached
            plain = reached is self.program.terms.true
            self._reaching[key] = start if plain else self._assuming(start, iter((reached,)))
        return self._reaching[key]

    def on_path(self, start: Knowledge, path: Term) -> Knowledge | None:
        """What holds besides where a path is taken."""
        if path is self.program.terms.true:
            return start
        key = (id(start), path.order)
        if key not in self._paths:
            self._paths[key] = self._assuming(start, iter((path,)))
        return self._paths[key]

    def conditions(self, without: frozenset[int]) -> tuple[Term, ...]:
        """Every condition that values must fulfil, some guards aside; each is in the range of its type as it is."""
        if without not in self._conditions:
            guards = (each.term for index, each in enumerate(self.program.guards) if index not in without)
            demands = () if without else tuple(self._demands())
            hypotheses = (*distinctness(self.program), *supply(self.program))
            self._conditions[without] = (*hypotheses, *guards, *demands)
        return self._conditions[without]

    def _demands(self) -> Iterator[Term]:
        terms = self.program.terms
        return (terms.implies(line.path, line.term) for line in self.program.requires)

    def _distinguish(self, knowledge: Knowledge) -> None:
        accounts = self.program.distinct
        self._work.charge(len(accounts) ** 2 // 2)
        knowledge.separate(combinations(accounts, 2))

    def _assuming(self, start: Knowledge | None, conditions: Iterator[Term]) -> Knowledge | None:
        if start is None:
            return None
        knowledge = start.fork()
        try:
            knowledge.assume_all(conditions)
        except Contradiction:
            return None
        return knowledge
