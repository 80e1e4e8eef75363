"""The store's rows in dictionaries, with a clock that tests set: what the transitions do, without a database."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from aethel.store.entry import Claim, Entry, Held, Phase, Subject, Writes
from aethel.store.footprint import Owner, Resource


@dataclass
class Memory:
    """Database and session at once: transactions are whole, since nothing else runs."""

    clock_ms: int = 0
    entries: dict[Owner, Entry] = field(default_factory=dict)
    facts: dict[Resource, Mapping[str, str]] = field(default_factory=dict)
    claims: dict[tuple[Resource, Owner], Claim] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[Memory]:
        before = (dict(self.entries), dict(self.facts), dict(self.claims))
        try:
            yield self
        except BaseException:
            self.entries, self.facts, self.claims = before
            raise

    def close(self) -> None:
        """Nothing is open."""

    def fork(self) -> Memory:
        """A copy that goes on by itself."""
        return copy.copy(self)._own()

    def now_ms(self) -> int:
        return self.clock_ms

    def lock_entry(self, owner: Owner, *, create: bool) -> Entry | None:
        if create:
            self.entries.setdefault(owner, Entry(owner, Phase.PENDING, Subject({}, ""), 0, 0))
        return self.entries.get(owner)

    def claims_by(self, owner: Owner) -> tuple[Claim, ...]:
        return tuple(claim for (_, one), claim in self.claims.items() if one == owner)

    def lock(self, resources: Iterable[Resource]) -> Mapping[Resource, Held]:
        return {
            resource: Held(
                self.facts.setdefault(resource, {}),
                tuple(claim for (one, _), claim in self.claims.items() if one == resource),
            )
            for resource in resources
        }

    def write(self, writes: Writes) -> None:
        if writes.entry is not None:
            self.entries[writes.entry.owner] = writes.entry
        for place in writes.dropped:
            self.claims.pop(place, None)
        self.claims |= {(claim.resource, claim.owner): claim for claim in writes.kept}
        self.facts |= dict(writes.facts)

    def _own(self) -> Memory:
        self.entries, self.facts, self.claims = dict(self.entries), dict(self.facts), dict(self.claims)
        return self
