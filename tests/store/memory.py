"""The store's rows in dictionaries, with a clock that tests set: what the transitions do, without a database."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from aethel.store.entry import Claim, Entry, Held, Phase, Rows, Subject
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

    def lock_entries(self, owners: Collection[Owner], created: Collection[Owner]) -> Mapping[Owner, Entry]:
        for owner in created:
            self.entries.setdefault(owner, Entry(owner, Phase.PENDING, Subject({}, ""), 0, 0))
        return {owner: self.entries[owner] for owner in owners if owner in self.entries}

    def claims_by(self, owners: Collection[Owner]) -> tuple[Claim, ...]:
        return tuple(claim for (_, one), claim in self.claims.items() if one in owners)

    def lock(self, resources: Collection[Resource]) -> Mapping[Resource, Held]:
        return {
            resource: Held(
                self.facts.setdefault(resource, {}),
                tuple(claim for (one, _), claim in self.claims.items() if one == resource),
            )
            for resource in resources
        }

    def write(self, rows: Rows) -> None:
        self.entries |= {entry.owner: entry for entry in rows.entries}
        for place in rows.dropped:
            self.claims.pop(place, None)
        self.claims |= {(claim.resource, claim.owner): claim for claim in rows.kept}
        self.facts |= dict(rows.facts)

    def _own(self) -> Memory:
        self.entries, self.facts, self.claims = dict(self.entries), dict(self.facts), dict(self.claims)
        return self
