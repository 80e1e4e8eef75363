"""One expert with all its versions: the assigned one answers, after it another replica of it, after that the stable."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from pathlib import Path

from aethel.decision.versions import MAX_TABLE_BYTES, STABLE, Split, Version, VersionsError, read_versions
from aethel.runtime.address import Address, parse_address
from aethel.runtime.catalogue import VERSIONS_FILE
from aethel.runtime.deadline import Deadline
from aethel.runtime.settings import Process, SettingsError
from aethel.verdict import ExpertVerdict, Served
from aethel.wire.absence import Absence, ExpertUnavailable
from aethel.wire.asking import Asking
from services.orchestrator.dispatch_replicas import Member, ReplicaSet
from services.orchestrator.dispatch_standing import RetryBudget

MAX_COPIES = 64
"""Copies for shadows that are under way at once for one expert; beyond it a question is not copied."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and what was not as it should have been on the way to it."""

    verdict: ExpertVerdict
    degraded: str = ""


class Fleet:
    """The versions of one expert, in `sets` by their names; `split` says which of them a question belongs to."""

    def __init__(self, split: Split, sets: Mapping[str, ReplicaSet]) -> None:
        self.split = split
        self.sets = sets
        self.copied: Counter[tuple[str, str]] = Counter()
        self.stood_in: Counter[str] = Counter()
        self._budget = RetryBudget()
        self._digests: dict[str, str] = {}
        self._copies: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """The expert's name, which every verdict must bear."""
        return self.sets[self.split.stable.name].group.name

    def edition(self, client: str, transaction_id: str) -> str:
        """The version a question belongs to, with the digest of code that it last gave: what a verdict rests on."""
        version = self.split.assigned(client, transaction_id)
        return f"{version} {self._digests.get(version, '')}"

    async def ask(self, asking: Asking, deadline: Deadline, *, in_frames: bool = True) -> Answer:
        """The verdict of the version assigned to the question of its client by the deadline; cancelling cancels it all.

        A failed replica is stood in for by another one of its version, once and as far as retries are left; a version
        that gives no answer by the stable one, which the answer says. Raises `ExpertUnavailable`.
        """
        client, transaction_id = asking.question.client, asking.question.transaction_id
        assigned, stable = self.split.assigned(client, transaction_id), self.split.stable.name
        self._budget.earn()
        try:
            answer = await self._by(assigned, asking, deadline, in_frames=in_frames)
            degraded = ""
        except ExpertUnavailable as absence:
            if assigned == stable:
                raise
            self.stood_in[assigned] += 1
            answer = await self._by(stable, asking, deadline, in_frames=in_frames)
            degraded = f"{self.name}: version `{assigned}` {absence.reason}, version `{stable}` answered"
        answering = stable if degraded else assigned
        self._digests[answering] = answer.version
        self._copy(asking, answer, in_frames=in_frames)
        served = Served(answer.served.replica, assigned, answering)
        return Answer(replace(answer, served=served), degraded)

    async def close(self) -> None:
        """Ask nobody any more."""
        for copy in self._copies:
            copy.cancel()
        await asyncio.gather(*self._copies, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in self.sets.values()))

    async def _by(self, version: str, asking: Asking, deadline: Deadline, *, in_frames: bool) -> ExpertVerdict:
        """The verdict of one version, by a second replica where the first fails."""
        replicas = self.sets[version]
        first = replicas.choose()
        if first is None:
            raise ExpertUnavailable(Absence.UNREACHABLE, "no replica is known")
        try:
            return await replicas.ask(first, asking, deadline, in_frames=in_frames)
        except ExpertUnavailable as absence:
            second = self._second(replicas, first, absence, deadline)
            if second is None:
                raise
        second.retries += 1
        return await replicas.ask(second, asking, deadline, in_frames=in_frames)

    def _second(
        self, replicas: ReplicaSet, first: Member, absence: ExpertUnavailable, deadline: Deadline
    ) -> Member | None:
        """Who is asked again; None where that is nobody, would be refused too, or would be too much."""
        if absence.reason is Absence.REFUSED or deadline.remaining_ms() == 0:
            return None
        second = replicas.choose(without=first)
        return second if second is not None and self._budget.spend() else None

    def _copy(self, asking: Asking, answer: ExpertVerdict, *, in_frames: bool) -> None:
        """Send copies to the shadows of a question, without anybody waiting for them."""
        for version in self.split.shadows(asking.question.client, asking.question.transaction_id):
            if len(self._copies) >= MAX_COPIES:
                self.copied[version, "dropped"] += 1
                continue
            copy = self._compare(version, asking, answer, in_frames=in_frames)
            task = asyncio.create_task(copy, context=Context())
            self._copies.add(task)
            task.add_done_callback(self._copies.discard)

    async def _compare(self, version: str, asking: Asking, answer: ExpertVerdict, *, in_frames: bool) -> None:
        replicas = self.sets[version]
        member = replicas.choose()
        deadline = Deadline.after_ms(replicas.group.timeout_ms)
        try:
            if member is None:
                raise ExpertUnavailable(Absence.UNREACHABLE)
            copy = await replicas.ask(member, asking, deadline, in_frames=in_frames)
        except ExpertUnavailable:
            self.copied[version, "absent"] += 1
        else:
            is_same = (copy.verdict, copy.code) == (answer.verdict, answer.code)
            self.copied[version, "same" if is_same else "different"] += 1


def splits_of(file: Path | None, found: Mapping[Process, Sequence[Address]]) -> Mapping[Process, Split]:
    """The split of every expert: from a file where it is listed there, else one version at the addresses found for it.

    Raises SettingsError where the file cannot be used.
    """
    listed = {} if file is None else _listed(file)
    unknown = next((name for name in listed if name not in set(found)), None)
    if unknown is not None:
        raise _problem(file, f"`{unknown}` is no expert, expected one of {', '.join(found)}")
    return {
        process: listed.get(process, Split(Version(STABLE, tuple(map(str, addresses)))))
        for process, addresses in found.items()
    }


def addresses_of(version: Version) -> tuple[Address, ...]:
    """Where a version's processes are found; raises VersionsError."""
    parsed = [parse_address(text) for text in version.addresses]
    addresses = tuple(dict.fromkeys(address for address in parsed if address is not None and address.port != 0))
    if len(addresses) < len(parsed):
        raise VersionsError(f"`{version.name}` has an address that is none or comes twice, expected `host:port`")
    return addresses


def _listed(file: Path) -> Mapping[str, Split]:
    try:
        with file.open("rb") as stream:
            listed = read_versions(stream.read(MAX_TABLE_BYTES + 1))
        for split in listed.values():
            for version in split.versions:
                addresses_of(version)
    except OSError as error:
        raise _problem(file, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    except VersionsError as error:
        raise _problem(file, str(error)) from error
    return listed


def _problem(file: Path | None, what: str) -> SettingsError:
    return SettingsError((f"{VERSIONS_FILE.name} names `{file}`: {what}",))
