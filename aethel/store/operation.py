"""Operations on ids, one or many in a transaction: all rows are locked first, then each is judged after the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aethel.audit.record import Draft
from aethel.store.entry import Claim, Entry, Held, Rows, Writes
from aethel.store.footprint import Owner, Resource
from aethel.store.interface import Database, Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What an operation sees, all of it locked: the id, its claims, and its resources with every claim on them.

    `entry` is None where nothing was ever asked under the id; `now_ms` is the store's clock, read after locking.
    """

    entry: Entry | None
    own: tuple[Claim, ...]
    held: Mapping[Resource, Held]
    now_ms: int


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One step in the life of an id: `judge` says what becomes of it and what is to be written.

    `creates` makes the row of an id that has none. `wanted` are resources to lock beside those that the id claims;
    where `moves_claims` is false neither is read. `judge` may run more than once, and must be quick.
    """

    owner: Owner
    judge: Callable[[Seen], tuple[T, Writes]]
    creates: bool = False
    wanted: tuple[Resource, ...] = ()
    moves_claims: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """The operation raised, and changed nothing."""

    error: Exception


def alone(database: Database, operation: Operation[T]) -> T:
    """The outcome of an operation in a transaction of its own; raises what it raised."""
    with database.transaction() as session:
        (outcome,) = carry_out(session, (operation,))
        if isinstance(outcome, Failed):
            raise outcome.error
    found: T = outcome
    return found


def carry_out(session: Session, operations: Sequence[Operation[Any]]) -> list[Any]:
    """The outcome of each operation, `Failed` where it raised, each judged as if those before it were written.

    Ids are locked before resources, and both in an order that all transactions share, so that none wait in a circle.
    """
    owners = {operation.owner for operation in operations}
    entries = session.lock_entries(owners, {operation.owner for operation in operations if operation.creates})
    movers = {operation.owner for operation in operations if operation.moves_claims and _claims(entries, operation)}
    claims = session.claims_by(movers) if movers else ()
    wanted = {resource for operation in operations for resource in operation.wanted}
    wanted.update(claim.resource for claim in claims)
    state = _State(dict(entries), session.lock(wanted) if wanted else {})
    now_ms = session.now_ms()
    outcomes = [state.judged(operation, now_ms) for operation in operations]
    session.write(state.rows(now_ms))
    return outcomes


def _claims(entries: Mapping[Owner, Entry], operation: Operation[Any]) -> bool:
    """Whether the id of an operation can have claims: the count that is kept with it says so."""
    entry = entries.get(operation.owner)
    return entry is not None and entry.claims > 0


class _State:
    """The locked rows as the operations so far leave them, and which of them differ from what was read."""

    def __init__(self, entries: dict[Owner, Entry], held: Mapping[Resource, Held]) -> None:
        self._entries = entries
        self._facts = {resource: one.fact for resource, one in held.items()}
        self._claims = {resource: {claim.owner: claim for claim in one.claims} for resource, one in held.items()}
        self._owned: dict[Owner, dict[Resource, Claim]] = {}
        for one in held.values():
            for claim in one.claims:
                self._owned.setdefault(claim.owner, {})[claim.resource] = claim
        self._changed_entries: set[Owner] = set()
        self._changed_facts: set[Resource] = set()
        self._changed_claims: set[tuple[Resource, Owner]] = set()
        self._records: list[Draft] = []

    def judged(self, operation: Operation[Any], now_ms: int) -> Any:
        """What an operation returns, its writes being part of the state from here on; or why it failed."""
        own = self._owned.get(operation.owner, {}) if operation.moves_claims else {}
        seen = Seen(
            self._entries.get(operation.owner),
            tuple(own.values()),
            {resource: self._held(resource) for resource in dict.fromkeys((*operation.wanted, *own))},
            now_ms,
        )
        try:
            outcome, writes = operation.judge(seen)
        except Exception as error:  # noqa: BLE001  told to whoever asked; the others are none of its business
            return Failed(error)
        self._write(writes)
        return outcome

    def rows(self, now_ms: int) -> Rows:
        """What has to be written, each row once."""
        kept, dropped = [], []
        for resource, owner in sorted(self._changed_claims):
            claim = self._claims[resource].get(owner)
            if claim is None:
                dropped.append((resource, owner))
            else:
                kept.append(claim)
        return Rows(
            tuple(self._entries[owner] for owner in self._changed_entries),
            tuple(dropped),
            tuple(kept),
            tuple((resource, self._facts[resource]) for resource in sorted(self._changed_facts)),
            tuple(self._records),
            now_ms,
        )

    def _held(self, resource: Resource) -> Held:
        return Held(self._facts[resource], tuple(self._claims[resource].values()))

    def _write(self, writes: Writes) -> None:
        if writes.entry is not None:
            self._entries[writes.entry.owner] = writes.entry
            self._changed_entries.add(writes.entry.owner)
        for resource, owner in writes.dropped:
            self._claims[resource].pop(owner, None)
            self._owned.get(owner, {}).pop(resource, None)
        for claim in writes.kept:
            self._claims[claim.resource][claim.owner] = claim
            self._owned.setdefault(claim.owner, {})[claim.resource] = claim
        self._facts |= dict(writes.facts)
        self._records.extend(writes.records)
        self._note(writes.dropped, writes.kept, writes.facts)

    def _note(
        self,
        dropped: Iterable[tuple[Resource, Owner]],
        kept: Iterable[Claim],
        facts: Iterable[tuple[Resource, Mapping[str, str]]],
    ) -> None:
        self._changed_claims.update(dropped)
        self._changed_claims.update((claim.resource, claim.owner) for claim in kept)
        self._changed_facts.update(resource for resource, _ in facts)
