"""The stateful checks of the Guardian: a footprint against what others hold and what was settled, G12 to G26."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from aethel.ledger.exact import ZERO, add, subtract
from aethel.ledger.wording import plain, quoted, safe
from aethel.store.claims import holding_name
from aethel.store.counting import counted, known_use, total
from aethel.store.entry import Claim, Held
from aethel.store.footprint import (
    Change,
    Footprint,
    NonceUse,
    Owner,
    Resolving,
    Resource,
    id_of,
    original_of,
    pending_of,
)
from aethel.verdict import Finding


@dataclass(frozen=True, slots=True)
class View:
    """What a transaction sees of the resources it touches, all of them locked, at `now_ms` of the store's clock.

    Its own claims, and claims whose time is over, are not among the claims.
    """

    owner: Owner
    footprint: Footprint
    held: Mapping[Resource, Held]
    now_ms: int

    def claims(self, resource: Resource) -> tuple[Claim, ...]:
        return self.held[resource].claims

    def fact(self, resource: Resource) -> Mapping[str, str]:
        return self.held[resource].fact


def judge(view: View) -> tuple[Finding, ...]:
    """Every violation, in order of precedence; work is linear in the footprint and in the claims it meets."""
    return tuple(finding for _, check in CHECKS for finding in check(view))


def bounds(view: View) -> Iterator[Finding]:
    """G12 and G13: the shown balance stays inside its bounds with all that is reserved or settled and not yet shown.

    Others count by the furthest they go, since nobody knows in which order they are executed.
    """
    for change in view.footprint.changes:
        if change.balance is None:
            continue
        others = counted(change, view.claims(change.resource))
        down = total(Decimal(claim.amounts["down"]) for claim in others)
        up = total(Decimal(claim.amounts["up"]) for claim in others)
        down, up = add(down, change.pending_down), add(up, change.pending_up)
        least = subtract(change.balance, add(down, change.down))
        greatest = add(change.balance, add(up, change.up))
        if change.lower is not None and change.down > ZERO and least < change.lower:
            code = "G12" if change.lower == ZERO else "G13"
            short = subtract(least, change.lower)
            expected = f"expected at least {plain(change.lower)}"
            message = f"{_whose(change)} would fall to {plain(least)} with what is reserved, {expected}"
            yield _bound(code, message, change, (("reserved", down), ("falls_by", change.down)), short)
        if change.upper is not None and change.up > ZERO and greatest > change.upper:
            over = subtract(greatest, change.upper)
            expected = f"expected at most {plain(change.upper)}"
            message = f"{_whose(change)} would rise to {plain(greatest)} with what is reserved, {expected}"
            code = "G12" if change.is_flagged else "G13"
            yield _bound(code, message, change, (("reserved", up), ("rises_by", change.up)), over)


def two_phase(view: View) -> Iterator[Finding]:
    """G16: a pending transfer is posted or voided once, by its own accounts, in time, with at most its amount."""
    for resolving in view.footprint.resolvings:
        resource = pending_of(view.owner.client, resolving.pending_id)
        message = _unresolvable(view, resolving, resource)
        if message:
            accounts = (safe(resolving.debit), safe(resolving.credit))
            opened = view.fact(resource).get("amount", "")
            numbers = (("pending", opened), ("amount", plain(resolving.amount))) if opened else ()
            yield Finding("G16", message, accounts=accounts, numbers=numbers)


def _unresolvable(view: View, resolving: Resolving, resource: Resource) -> str:
    fact = view.fact(resource)
    name = f"the pending transfer {quoted(resolving.pending_id)}"
    if not fact:
        return f"{name} does not exist or is not settled"
    if any(claim.amounts["role"] == "resolves" for claim in view.claims(resource)):
        return f"{name} is posted or voided already, expected to be so once"
    if fact["until_ms"] and int(fact["until_ms"]) <= view.now_ms:
        return f"{name} has expired"
    for part, opened, asked in (
        ("debit account", fact["debit"], resolving.debit),
        ("credit account", fact["credit"], resolving.credit),
        ("commodity", fact["commodity"], resolving.commodity),
    ):
        if opened != asked:
            return f"{name} has the {part} {quoted(opened)}, expected the same instead of {quoted(asked)}"
    amount = Decimal(fact["amount"])
    if resolving.is_void and resolving.amount != amount:
        return f"{name} is voided by {plain(resolving.amount)}, expected all of {plain(amount)}"
    if resolving.amount > amount:
        return f"{name} is posted with {plain(resolving.amount)}, expected at most {plain(amount)}"
    return ""


def reversal(view: View) -> Iterator[Finding]:
    """G17: what is given back was moved by the original, goes the other way, and is no more than that in all."""
    if view.footprint.reversal is None:
        return
    original_id = view.footprint.reversal.original_id
    resource = original_of(Owner(view.owner.client, original_id))
    original = view.fact(resource)
    if not original:
        message = f"the original {quoted(original_id)} does not exist or is not settled"
        yield Finding("G17", message)
        return
    refunds = [claim for claim in view.claims(resource) if claim.amounts["role"] == "reverses"]
    for change in view.footprint.changes:
        name = holding_name(change.account, change.commodity)
        moved = Decimal(original.get(name, "0"))
        before = total(Decimal(claim.amounts.get(name, "0")) for claim in refunds)
        after = add(before, change.flow)
        if change.flow == ZERO:
            continue
        if moved == ZERO or (moved > ZERO) == (change.flow > ZERO):
            message = f"{quoted(change.account)} is not on the other side of the original {quoted(original_id)}"
        elif after.copy_abs() > moved.copy_abs():
            given, most = plain(after.copy_abs()), plain(moved.copy_abs())
            message = f"{quoted(change.account)} would give back {given} in all, expected at most {most}"
        else:
            continue
        numbers = (("original", plain(moved)), ("given_back", plain(before)), ("amount", plain(change.flow)))
        yield Finding("G17", message, accounts=(safe(change.account),), numbers=numbers, delta=plain(add(after, moved)))


def limits(view: View) -> Iterator[Finding]:
    """G21: what counts against a limit, reserved and settled amounts included, is no more than its maximum."""
    spent: dict[Resource, Decimal] = {}
    for use in view.footprint.limits:
        used = add(known_use(use, view.held[use.resource], view.now_ms), spent.get(use.resource, ZERO))
        spent[use.resource] = add(spent.get(use.resource, ZERO), use.amount)
        after = add(used, use.amount)
        if after > use.maximum:
            numbers = (("used", plain(used)), ("amount", plain(use.amount)), ("maximum", plain(use.maximum)))
            message = (
                f"the limit {quoted(use.limit)} would be used to {plain(after)}, expected at most {plain(use.maximum)}"
            )
            yield Finding("G21", message, numbers=numbers, delta=plain(subtract(after, use.maximum)))


def inputs(view: View) -> Iterator[Finding]:
    """G22: no output is spent that another transaction has spent or holds."""
    for spend in view.footprint.spends:
        for claim in view.claims(spend.resource):
            how = "is spent" if claim.expires_ms is None else "is reserved"
            message = f"output {quoted(spend.outpoint)} {how} by another transaction"
            yield Finding("G22", message, accounts=(safe(spend.outpoint),))


def nonces(view: View) -> Iterator[Finding]:
    """G23: the nonce is the sender's next that nobody holds, or inside the declared window after it."""
    for use in view.footprint.nonces:
        taken = {int(claim.amounts["nonce"]) for claim in view.claims(use.resource)}
        following = _next_nonce(use, view.fact(use.resource), taken)
        if use.nonce in taken:
            message = f"the nonce {use.nonce} is reserved by another transaction"
        elif following is None or following <= use.nonce <= following + use.window:
            continue
        else:
            message = f"the nonce is {use.nonce}, expected the sender's next, {following}"
        numbers = (("nonce", str(use.nonce)), *((("expected_nonce", str(following)),) if following is not None else ()))
        yield Finding("G23", message, accounts=(safe(use.sender),), numbers=numbers)


def _next_nonce(use: NonceUse, fact: Mapping[str, str], taken: set[int]) -> int | None:
    known = [number for number in (use.expected, int(fact["next"]) if fact else None) if number is not None]
    if not known:
        return None
    following = max(known)
    while following in taken:
        following += 1
    return following


def freshness(view: View) -> Iterator[Finding]:
    """G24: no state is shown that is older than one shown before, and no version shows two balances."""
    for change in view.footprint.changes:
        fact = view.fact(change.resource)
        if not change.reserves or not fact or change.version is None or change.balance is None:
            continue
        seen, balance = int(fact["version"]), Decimal(fact["balance"])
        pending = (Decimal(fact.get("pending_down", "0")), Decimal(fact.get("pending_up", "0")))
        if change.version < seen:
            shown = f"{_whose(change)} is shown in version {change.version}"
            message = f"{shown}, expected {seen}, which was shown before, or a later one"
            numbers = (("version", str(change.version)), ("shown_before", str(seen)))
            yield Finding("G24", message, accounts=(safe(change.account),), numbers=numbers)
        elif change.version == seen and change.balance != balance:
            shown = f"{_whose(change)} is shown as {plain(change.balance)}"
            message = f"{shown}, expected {plain(balance)} as before in version {seen}"
            delta = plain(subtract(change.balance, balance))
            yield Finding("G24", message, accounts=(safe(change.account),), delta=delta)
        elif change.version == seen and (change.pending_down, change.pending_up) != pending:
            message = (
                f"what is pending of {_whose(change)} is shown anew, expected the same as before in version {seen}"
            )
            yield Finding("G24", message, accounts=(safe(change.account),))


def consistency(view: View) -> Iterator[Finding]:
    """G26: a tree grows from the root that was accepted last, which somebody must have entrusted once."""
    accepted: dict[Resource, tuple[int, str]] = {}
    for extension in view.footprint.extensions:
        fact = view.fact(extension.resource)
        if fact:
            accepted.setdefault(extension.resource, (int(fact["size"]), fact["root"]))
        last = accepted.get(extension.resource)
        accepted[extension.resource] = (extension.new_size, extension.new_root)
        name = f"the log {quoted(extension.log)}"
        if last is None:
            message = f"{name} has no trusted root, expected one to start from"
        elif (extension.size, extension.root) != last:
            message = f"{name} is continued from size {extension.size}, expected the accepted root of size {last[0]}"
        elif view.claims(extension.resource):
            message = f"{name} is being continued by another transaction"
        elif extension.new_size < extension.size:
            message = f"{name} would shrink to size {extension.new_size}, expected at least {extension.size}"
        else:
            continue
        yield Finding("G26", message)


def identities(view: View) -> Iterator[Finding]:
    """G02: an id inside the transaction is not that of another one that is reserved or settled."""
    for used in view.footprint.ids:
        for claim in view.claims(id_of(view.owner.client, used)):
            how = "was used before by" if claim.expires_ms is None else "is reserved by"
            message = f"the {used.scheme} id {quoted(used.id)} {how} another transaction, expected a new id"
            yield Finding("G02", message, numbers=(("id", safe(used.id)),))


CHECKS: tuple[tuple[str, Callable[[View], Iterator[Finding]]], ...] = (
    ("G02", identities),
    ("G12", bounds),
    ("G16", two_phase),
    ("G17", reversal),
    ("G21", limits),
    ("G22", inputs),
    ("G23", nonces),
    ("G24", freshness),
    ("G26", consistency),
)


def _whose(change: Change) -> str:
    commodity = quoted(change.commodity) if change.commodity else "the unnamed commodity"
    return f"the balance of account {quoted(change.account)} in {commodity}"


def _bound(
    code: str, message: str, change: Change, numbers: tuple[tuple[str, Decimal], ...], delta: Decimal
) -> Finding:
    shown = (("balance", change.balance or ZERO), *numbers)
    texts = tuple((name, plain(number)) for name, number in shown)
    return Finding(code, message, accounts=(safe(change.account),), numbers=texts, delta=plain(delta))
