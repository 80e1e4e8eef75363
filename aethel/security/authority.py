"""S19 and S20: whether a payment is good once only, and whether who authorised it is who pays.

Both need to know which names mean what, so that the operator's profile names them; without a profile there is
nothing to check. S19 looks for a nonce that the intent uses up (a cell it writes, or a value that a guard compares with
one it writes), an expiry that a guard orders against something, and a domain that a guard fixes. S20 looks at each
account that loses money: it is a principal itself, or a guard equates one of its cells with a principal.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from aethel.intent.program import Cell, Program, Variable
from aethel.intent.state import cell_of
from aethel.intent.terms import Op, Term
from aethel.intent.types import Account, Money
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.conjuncts import called, guard_conjuncts
from aethel.security.judged import Judged, Suspicion
from aethel.security.literal_tests import linear


def moves_money(program: Program) -> bool:
    """Whether the intent writes money at all."""
    return any(cell.written and isinstance(cell.type, Money) for cell in program.cells)


def replay(judged: Judged, tally: Tally) -> Iterator[Suspicion]:
    """What the profile names and the intent lacks, of an intent that moves money; linear in its guards."""
    profile, program = judged.profile, judged.program
    if not moves_money(program):
        return
    conjuncts = list(guard_conjuncts(program))
    tally.work += len(conjuncts)
    by_term = {each.term: each for each in program.variables}
    ordered = _names(conjuncts, by_term, (Op.LT, Op.LE))
    equated = _names(conjuncts, by_term, (Op.EQ,))
    written = {cell.before for cell in program.cells if cell.written}
    used_up = {cell.field or cell.name for cell in program.cells if cell.written}
    used_up |= _names((each for each in conjuncts if _touches(each, written)), by_term, (Op.EQ,))
    wanted = (
        (
            profile.nonces,
            used_up,
            "a nonce that it uses up",
            "write the nonce, or compare it with a cell that is written",
        ),
        (profile.expiries, ordered, "an expiry", "order the expiry against the time in a guard"),
        (profile.domains, equated, "a domain", "equate the domain with its value in a guard"),
    )
    for names, found, what, advice in wanted:
        if names and found.isdisjoint(names):
            listed = " or ".join(f"`{name}`" for name in names)
            class_ = SecurityClass.REPLAY
            message = f"the payment lacks {what}, expected {listed}"
            yield Suspicion(class_, judged.unless_required(class_), program.span, message, advice, Weakness.REPLAY)


def arbitrary_source(judged: Judged, tally: Tally) -> Iterator[Suspicion]:
    """Each account that loses money and is not bound to a principal; linear in guards and cells."""
    profile, program = judged.profile, judged.program
    if not profile.principals:
        return
    conjuncts = list(guard_conjuncts(program))
    tally.work += len(conjuncts) + len(program.cells)
    owners = _owners(program)
    bound = _bound_accounts(judged, conjuncts, owners)
    seen: set[str] = set()
    for cell in program.cells:
        account = owners.get(cell.name, "")
        if account in seen or account in bound or not _may_lose(cell, tally):
            continue
        seen.add(account)
        listed = " or ".join(f"`{name}`" for name in profile.principals)
        told = f"`{account}`" if account else f"`{cell.label}`"
        message = f"{told} pays and is not bound to who authorised it, expected {listed}"
        class_ = SecurityClass.ARBITRARY_SOURCE
        advice = "let the principal pay, or equate the owner of the account with the principal in a guard"
        yield Suspicion(
            class_, judged.unless_required(class_), cell.span, message, advice, Weakness.USER_CONTROLLED_KEY
        )


def _owners(program: Program) -> dict[str, str]:
    """The account of each cell, however the cell is spelled; none for a lone name."""
    declared = {parameter.name for parameter in program.parameters}
    accounts = [parameter.name for parameter in program.parameters if isinstance(parameter.type, Account)]
    cells = ((cell, cell_of(cell.name, declared, accounts) or cell.name) for cell in program.cells)
    return {cell.name: name.rpartition(".")[0] for cell, name in cells}


def _bound_accounts(judged: Judged, conjuncts: list[Term], owners: dict[str, str]) -> set[str]:
    """The principals, and the accounts a cell of which a guard equates with a principal."""
    principals = set(judged.profile.principals)
    by_term = {each.term: each for each in judged.program.variables}
    cell_of_term = {cell.before: cell.name for cell in judged.program.cells}
    bound = set(principals)
    for node in conjuncts:
        if node.op is not Op.EQ:
            continue
        for one, other in (node.args, node.args[::-1]):
            if one in by_term and by_term[one].name in principals and other in cell_of_term:
                bound.add(owners.get(cell_of_term[other], ""))
    return bound - {""}


def _may_lose(cell: Cell, tally: Tally) -> bool:
    """Whether money may leave a cell: on some way it ends at anything but its old value and amounts added to it."""
    if not cell.written or not isinstance(cell.type, Money):
        return False
    stack, seen = [cell.after], set[Term]()
    while stack:
        node = stack.pop()
        tally.work += 1 + len(node.args)
        if node in seen:
            continue
        seen.add(node)
        if node.op is Op.ITE:
            stack.extend(node.args[1:])
            continue
        change = linear((1, node), (-1, cell.before))
        chosen = [part for part, factor in change.parts.items() if part.op is Op.ITE and factor == 1]
        less = {part for part, factor in change.parts.items() if factor < 0}
        if change.constant < 0 or (less and (less != {cell.before} or not chosen)):
            return True
        if less:
            # What a branch left, and amounts added to it.
            stack.extend(chosen[0].args[1:])
    return False


def _names(conjuncts: Iterator[Term] | list[Term], by_term: dict[Term, Variable], ops: tuple[Op, ...]) -> set[str]:
    """The names in comparisons of some kinds, denied ones included where an order is denied."""
    found: set[str] = set()
    for node in conjuncts:
        compared = node.args[0] if node.op is Op.NOT and node.args[0].op is not Op.EQ else node
        if compared.op in ops:
            parts = chain.from_iterable((arg, *arg.args) for arg in compared.args)
            found |= {called(by_term[part]) for part in parts if part in by_term}
    return found


def _touches(node: Term, written: set[Term]) -> bool:
    return node.op is Op.EQ and any(part in written for arg in node.args for part in (arg, *arg.args))
