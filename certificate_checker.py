"""Checks the proofs in a certificate file with exact arithmetic, needing nothing but the standard library.

    python certificate_checker.py FILE

A certificate holds obligations of one text. Each says: wherever its assumptions hold, its claim holds (with a proof);
or its assumptions can all hold together (with values at which they do). This file derives everything else from these
statements itself. It accepts (exit code 0, one line for each obligation) only when every proof is complete and every
value fits; otherwise it says what is wrong (exit code 1; 2 where no file is named).

What has to be trusted: Python, this file, and that the statements say what the text of the intent means (lowering).
`aethel certify check FILE --intent TEXT` narrows the last: it derives the statements again from the text and compares.

How a proof works. All assumptions are taken as true and the claim as false; every branch must end in a contradiction.
Numbers are polynomials over *atoms*: the variables, and one for each floor, for each choice (`ite`) and each division
by an unknown, where equal arguments give the same atom. A *row* says `polynomial = 0`, `<= 0` or `< 0`; where all its
atoms are whole, its coefficients are divided by their greatest common divisor and its constant is rounded up. Rows come
from comparisons known to be `true` or `false`, from what a floor is (`below`, `above`), from choices whose condition is
known (`then`, `else`), and from steps (`row`, counted from 0 along the branch). The steps, each before its branches:

    ["case", n]              term n is true; then: term n is false
    ["differ", n]            the sides of `==`, which is false: left < right; then: right < left
    ["split", k, sum]        for a whole `sum` of multiples of terms: sum ≤ k; then: sum ≥ k + 1
    ["cut", rows]            adds rows times multipliers, rounded as every row (a Chvátal–Gomory cut), as a new row
    ["clash", n]             ends a branch: what is known of term n and of its arguments cannot be
    ["farkas", rows]         ends a branch: rows times multipliers give a false statement about constants
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from pathlib import Path
from typing import Any

FORMAT = "aethel-certificate/1"
MAXIMUM_BYTES = 8 * 2**20
MAXIMUM_WORK = 5_000_000
"""Coefficients touched and nodes visited, long numbers counted by their length: about ten seconds."""
MAXIMUM_STORED = 500_000
"""Terms and the monomials of their polynomials that are kept: about two hundred megabytes."""
MAXIMUM_PARTS = 2_000
"""Monomials of one polynomial."""
MAXIMUM_DEGREE = 32
MAXIMUM_BITS = 2**17
"""Bits of a number, the largest that lowering allows."""

SATISFIABLE_KINDS = ("consistent", "non_vacuous")
PROVED_KINDS = ("post", "in_range", "conserved", "solvent", "issued", "frame", "identity_neutral")
SORTS = ("truth", "integer", "rational", "identity")
LEAVES = ("variable", "text", "integer", "fraction", "truth")
ROUNDINGS = ("floor_div", "ceil_div", "half_even_div", "%")
COMPARISONS = ("<", "<=", "==")
FLOOR_ROWS = {"below": (0, True), "above": (0, False), "second below": (1, True), "second above": (1, False)}
EQUAL, AT_MOST, BELOW = 0, 1, 2

Number = int | Fraction
Polynomial = dict[tuple[int, ...], Number]
Row = tuple[Polynomial, int]
Fact = tuple[int, bool]


class Refused(Exception):
    """The certificate does not show what it says; the message says why."""


@dataclass(frozen=True)
class Checked:
    """What was shown: the digest of the text's program, and program, id and kind of every obligation."""

    digest: str
    language: str
    obligations: tuple[tuple[str, str, str], ...]


def check(data: bytes) -> Checked:
    """Check a whole certificate file; raises Refused."""
    document = parse(data)
    work = Work()
    shown: list[tuple[str, str, str]] = []
    for program in listed(document["programs"], "programs"):
        fields(program, "a program", ("digest", "name", "obligations", "scales", "terms", "variables"))
        statement = Statement(program, work)
        name = text(program["name"])
        obligations = listed(program["obligations"], "obligations")
        shown += [(name, *check_obligation(statement, obligation, work)) for obligation in obligations]
    if not shown or len({(name, identity) for name, identity, _ in shown}) != len(shown):
        raise Refused("expected one or more obligations, each once")
    return Checked(text(document["digest"]), text(document["language"]), tuple(shown))


def parse(data: bytes) -> dict[str, Any]:
    """The document, if these bytes are the one way to write it and carry its checksum."""
    if len(data) > MAXIMUM_BYTES:
        raise Refused(f"the file has more than {MAXIMUM_BYTES} bytes")
    try:
        document = json.loads(data.decode("ascii"), parse_float=no_number, parse_constant=no_number)
        fields(document, "the file", ("checksum", "digest", "format", "language", "programs"))
        if canonical(document) != data:
            raise Refused("the file is not written in the canonical form")
    except (ValueError, RecursionError) as error:
        raise Refused(f"the file is not canonical JSON: {str(error)[:100]}") from None
    if document["format"] != FORMAT:
        raise Refused(f"expected the format {FORMAT}")
    rest = {name: value for name, value in document.items() if name != "checksum"}
    if document["checksum"] != hashlib.sha256(canonical(rest)).hexdigest():
        raise Refused("the checksum does not fit the file")
    return {**document}


def canonical(document: Any) -> bytes:
    """Keys sorted, no spaces, ASCII, one newline at the end."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii") + b"\n"


def no_number(shown: str) -> None:
    raise Refused(f"`{shown[:40]}` is not a whole number")


def fields(value: Any, what: str, names: tuple[str, ...]) -> None:
    if not isinstance(value, dict) or tuple(sorted(value)) != names:
        raise Refused(f"{what} must have exactly the fields {', '.join(names)}")


def listed(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise Refused(f"{what} must be a list")
    return value


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused("expected a text")
    return value


def whole(value: Any) -> int:
    if type(value) is not int:
        raise Refused("expected a whole number")
    return value


class Work:
    """Counts work, so that no file keeps the checker busy for long."""

    def __init__(self) -> None:
        self.left = MAXIMUM_WORK
        self.room = MAXIMUM_STORED

    def spend(self, amount: int) -> None:
        self.left -= amount + 1
        if self.left < 0:
            raise Refused("checking the file is too much work")

    def keep(self, amount: int) -> None:
        self.room -= amount + 1
        if self.room < 0:
            raise Refused("the terms of the file are too many")

    def bounded(self, value: Number) -> Number:
        """The value, as `int` where it is whole, if it is not too long to go on with."""
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        if bits > MAXIMUM_BITS:
            raise Refused("a number is too long")
        if bits > 1024:
            self.spend(bits >> 7)
        return value.numerator if value.denominator == 1 else value

    def common(self, polynomials: Iterable[Polynomial]) -> int:
        """The least common multiple of all denominators."""
        scale = 1
        for polynomial in polynomials:
            for part in polynomial.values():
                scale = int(self.bounded(lcm(scale, part.denominator)))
        return scale


class Statement:
    """The terms of one program: sorts, and every number as a polynomial over atoms."""

    def __init__(self, program: dict[str, Any], work: Work) -> None:
        self.work = work
        self.variables = [self.variable(each) for each in listed(program["variables"], "variables")]
        self.terms: list[tuple[str, list[Any]]] = []
        self.sorts: list[str] = []
        self.numbers: list[Polynomial] = []
        self.floors: dict[int, list[tuple[Polynomial, Polynomial]]] = {}
        self.rows: dict[tuple[str, int], Row] = {}
        self.atoms: dict[object, int] = {}
        self.is_whole: list[bool] = []
        for term in listed(program["terms"], "terms"):
            self.add(term)

    def variable(self, declared: Any) -> str:
        pair = listed(declared, "a variable")
        if len(pair) != 2 or pair[1] not in SORTS:
            raise Refused("a variable must have a name and a sort")
        text(pair[0])
        return str(pair[1])

    def add(self, term: Any) -> None:
        parts = listed(term, "a term")
        op, args = text(parts[0] if parts else None), parts[1:]
        self.work.spend(len(args))
        of_text = op == "text" and len(args) == 1 and isinstance(args[0], str)
        of_numbers = op != "text" and all(type(arg) is int for arg in args)
        of_terms = op not in LEAVES and of_numbers and all(0 <= arg < len(self.terms) for arg in args)
        if not (of_text or of_terms or (op in LEAVES and of_numbers)):
            raise Refused(f"term {len(self.terms)} has wrong arguments")
        self.terms.append((op, args))
        self.sorts.append(self.sort(op, args))
        number = {} if self.sorts[-1] == "truth" else self.number(op, args)
        if len(number) > MAXIMUM_PARTS or any(len(powers) > MAXIMUM_DEGREE for powers in number):
            raise Refused(f"term {len(self.terms) - 1} is too large a polynomial")
        self.work.keep(len(number))
        self.numbers.append(number)
        if op == "is_int":
            self.floor(self.numbers[args[0]])

    def sort(self, op: str, args: list[Any]) -> str:
        """The sort (`truth`, `number` or `identity`) of a term, whose arguments must be of the right ones."""
        if op == "variable" and len(args) == 1 and 0 <= args[0] < len(self.variables):
            named: str = self.variables[args[0]]
            return "number" if named in ("integer", "rational") else named
        if op == "text" or (op == "integer" and len(args) == 1):
            return "identity" if op == "text" else "number"
        if op == "fraction" and len(args) == 2 and args[1] > 1 and gcd(*args) == 1:
            return "number"
        if op == "truth" and args in ([0], [1]):
            return "truth"
        sorts = [] if op in LEAVES else [self.sorts[arg] for arg in args]
        numbers, truths = set(sorts) == {"number"}, set(sorts) == {"truth"}
        if op in ("and", "or") and truths:
            return "truth"
        if op in ("+", "*") and numbers:
            return "number"
        if len(sorts) == 1 and ((op == "not" and truths) or (op == "is_int" and numbers)):
            return "truth"
        if op == "neg" and len(sorts) == 1 and numbers:
            return "number"
        if len(sorts) == 2 and ((op == "==" and sorts[0] == sorts[1]) or (op in ("<", "<=") and numbers)):
            return "truth"
        if len(sorts) == 2 and op in (*ROUNDINGS, "/") and numbers:
            return "number"
        if op == "ite" and len(sorts) == 3 and sorts[0] == "truth" != sorts[1] == sorts[2]:
            return str(sorts[1])
        raise Refused(f"term {len(self.terms) - 1} is not a term: {op[:20]} of {len(args)}")

    def number(self, op: str, args: list[Any]) -> Polynomial:
        """A number, or an identity, which only `==` looks at: any distinct numbers can stand for distinct ones."""
        if op == "variable":
            return self.atom(("variable", args[0]), self.variables[args[0]] != "rational")
        if op in ("text", "integer", "fraction"):
            if op == "text":
                return constant(self.atoms.setdefault(("text", args[0]), len(self.atoms)))
            return constant(self.work.bounded(Fraction(*args)))
        values = [self.numbers[arg] for arg in args]
        if op == "+":
            return self.sum([(1, value) for value in values])
        if op == "neg":
            return self.sum([(-1, values[0])])
        if op == "*":
            product = constant(1)
            for value in values:
                product = self.product(product, value)
            return product
        if op == "ite":
            scale = self.work.common(values[1:])
            then, other = (self.sum([(scale, value)]) for value in values[1:])
            chosen = self.atom(("ite", args[0], frozen(then), frozen(other)), self.whole(then) and self.whole(other))
            return self.sum([(Fraction(1, scale), chosen)])
        return self.quotient(op, *values)

    def quotient(self, op: str, left: Polynomial, right: Polynomial) -> Polynomial:
        """A division, by a constant from floors alone; halves go to even in `floor(x/2 + 1/4) + ceil(x/2 - 1/4)`."""
        divisor = right.get((), 0)
        if set(right) != {()}:
            is_whole = op in ("floor_div", "ceil_div", "half_even_div")
            is_whole = is_whole or (op == "%" and self.whole(left) and self.whole(right))
            return self.atom((op, frozen(left), frozen(right)), is_whole)
        exact = self.sum([(1 / Fraction(divisor), left)])
        if op == "/":
            return exact
        if op == "half_even_div":
            quarter, half = constant(Fraction(1, 4)), Fraction(1, 2)
            low = self.floor(self.sum([(half, exact), (1, quarter)]))
            return self.sum([(1, low), (-1, self.floor(self.sum([(-half, exact), (1, quarter)])))])
        if op == "ceil_div":
            return self.sum([(-1, self.floor(self.sum([(-1, exact)])))])
        floor = self.floor(exact)
        return self.sum([(1, left), (-divisor, floor)]) if op == "%" else floor

    def floor(self, exact: Polynomial) -> Polynomial:
        """The atom for the floor of a number that the term now added needs."""
        atom = self.atom(("floor", frozen(exact)), True)
        self.floors.setdefault(len(self.sorts) - 1, []).append((atom, exact))
        return atom

    def atom(self, key: object, is_whole: bool) -> Polynomial:
        number = self.atoms.setdefault(key, len(self.atoms))
        self.is_whole.extend([True] * (number + 1 - len(self.is_whole)))
        self.is_whole[number] = is_whole
        return {(number,): 1}

    def whole(self, value: Polynomial) -> bool:
        return all(part.denominator == 1 for part in value.values()) and self.whole_parts(value)

    def whole_parts(self, value: Polynomial) -> bool:
        return all(self.is_whole[atom] for powers in value for atom in powers)

    def sum(self, parts: list[tuple[Number, Polynomial]]) -> Polynomial:
        result: Polynomial = {}
        for factor, polynomial in parts:
            self.work.spend(len(polynomial))
            for powers, part in polynomial.items():
                result[powers] = self.work.bounded(result.get(powers, 0) + factor * part)
        return {powers: part for powers, part in result.items() if part}

    def product(self, left: Polynomial, right: Polynomial) -> Polynomial:
        result: Polynomial = {}
        self.work.spend(len(left) * len(right))
        for first, factor in left.items():
            for second, part in right.items():
                powers = tuple(sorted(first + second))
                result[powers] = self.work.bounded(result.get(powers, 0) + factor * part)
        return {powers: part for powers, part in result.items() if part}

    def row(self, parts: list[tuple[int, Row]]) -> Row:
        """The sum of multiples of rows, tightened to whole numbers where it holds only such."""
        if any(factor <= 0 and relation != EQUAL for factor, (_, relation) in parts):
            raise Refused("an inequality is multiplied by a number that is not positive")
        relation = max((relation for _, (_, relation) in parts), default=EQUAL)
        value = self.sum([(factor, polynomial) for factor, (polynomial, _) in parts])
        if not self.whole_parts(value):
            return value, relation
        scale = self.work.common((value,))
        integers = {powers: int(part * scale) for powers, part in value.items()}
        free = integers.pop((), 0) + (relation == BELOW)
        divisor = gcd(*integers.values()) or 1
        if relation == EQUAL and free % divisor:
            return {(): 1}, AT_MOST
        result: Polynomial = {powers: part // divisor for powers, part in integers.items()}
        result[()] = -(-free // divisor)
        return result, min(relation, AT_MOST)

    def meaning(self, name: str, node: int) -> Row:
        """The tightened row for what a name says of a term; made once."""
        if (name, node) not in self.rows:
            self.rows[name, node] = self.row([(1, self.meant(name, node))])
        return self.rows[name, node]

    def meant(self, name: str, node: int) -> Row:
        op, args = self.terms[node]
        if name in FLOOR_ROWS:
            which, is_below = FLOOR_ROWS[name]
            for floor, exact in self.floors.get(node, [])[which : which + 1]:
                if is_below:
                    return self.sum([(1, floor), (-1, exact)]), AT_MOST
                return self.sum([(1, exact), (-1, floor), (-1, constant(1))]), BELOW
        elif op == "ite":
            return self.sum([(1, self.numbers[node]), (-1, self.numbers[args[1 if name == "then" else 2]])]), EQUAL
        elif op == "is_int":
            floor, exact = self.floors[node][0]
            return self.sum([(1, floor), (-1, exact)]), EQUAL if name == "true" else BELOW
        elif op in COMPARISONS and self.sorts[args[0]] != "truth" and (op != "==" or name == "true"):
            sign = 1 if name == "true" else -1
            relation = EQUAL if op == "==" else AT_MOST if (sign > 0) == (op == "<=") else BELOW
            return self.sum([(sign, self.numbers[args[0]]), (-sign, self.numbers[args[1]])]), relation
        raise Refused(f"`{name[:20]}` of term {node} gives no row")


def constant(value: Number) -> Polynomial:
    return {(): value} if value else {}


def frozen(value: Polynomial) -> frozenset[tuple[tuple[int, ...], Number]]:
    return frozenset(value.items())


def check_obligation(statement: Statement, obligation: Any, work: Work) -> tuple[str, str]:
    """Check the proof or the values of one obligation; gives its id and kind."""
    kind = obligation.get("kind") if isinstance(obligation, dict) else None
    if kind not in (*SATISFIABLE_KINDS, *PROVED_KINDS):
        raise Refused("an obligation is of no kind that is known")
    evidence = "values" if kind in SATISFIABLE_KINDS else "proof"
    fields(obligation, "an obligation", tuple(sorted(("assume", "claim", "id", "kind", evidence))))
    identity = text(obligation["id"])
    roots = [*listed(obligation["assume"], "assumptions"), obligation["claim"]]
    for root in roots:
        if not 0 <= whole(root) < len(statement.terms) or statement.sorts[root] != "truth":
            raise Refused(f"{identity}: an assumption or the claim is no term that is true or false")
    try:
        if evidence == "values":
            truths = evaluate(statement, listed(obligation["values"], "values"), work)
            if not all(truths[root] for root in roots):
                raise Refused("an assumption is false at the given values")
        else:
            Branch(statement, roots[:-1], roots[-1]).check(listed(obligation["proof"], "a proof"))
    except Refused as error:
        raise Refused(f"{identity}: {error}") from None
    return identity, str(kind)


class Branch:
    """One branch of a proof: which terms are true or false in it, and which rows its steps have added."""

    def __init__(self, statement: Statement, assumptions: list[int], claim: int) -> None:
        self.statement = statement
        self.facts: dict[Fact, None] = {}
        self.rows: list[Row] = []
        for assumption in assumptions:
            self.state(assumption, True)
        self.state(claim, False)

    def check(self, steps: list[Any]) -> None:
        """Walk the steps; where one opens two branches, the second waits until the first has ended."""
        waiting: list[tuple[int, int, Callable[[], None]]] = []
        for position, step in enumerate(steps):
            parts = listed(step, "a step")
            name = parts[0] if parts else None
            if name in ("clash", "farkas") and len(parts) == 2:
                if not (self.is_clash(self.node(parts[1])) if name == "clash" else self.is_false(parts[1])):
                    raise Refused(f"step {position} does not end its branch")
                if not waiting:
                    if position + 1 < len(steps):
                        raise Refused("the proof goes on after its end")
                    return
                facts, rows, go_on = waiting.pop()
                while len(self.facts) > facts:
                    self.facts.popitem()
                del self.rows[rows:]
                go_on()
            elif name == "cut" and len(parts) == 2:
                self.rows.append(self.combined(parts[1]))
            else:
                first, second = self.choice(name, parts[1:])
                waiting.append((len(self.facts), len(self.rows), second))
                first()
        raise Refused("the proof ends before all its branches do")

    def choice(self, name: Any, parts: list[Any]) -> tuple[Callable[[], None], Callable[[], None]]:
        """What a step adds in the first of its branches, and what in the second."""
        statement = self.statement
        if name == "case" and len(parts) == 1 and statement.sorts[self.node(parts[0])] == "truth":
            return (lambda: self.state(parts[0], True)), (lambda: self.state(parts[0], False))
        if name == "differ" and len(parts) == 1:
            op, args = statement.terms[self.node(parts[0])]
            if op == "==" and statement.sorts[args[0]] != "truth" and (parts[0], False) in self.facts:
                left, right = statement.numbers[args[0]], statement.numbers[args[1]]
                less = statement.sum([(1, left), (-1, right)])
                more = statement.sum([(1, right), (-1, left)])
                return (lambda: self.add((less, BELOW))), (lambda: self.add((more, BELOW)))
        if name == "split" and len(parts) == 2:
            most, summands = whole(parts[0]), [self.pair(each) for each in listed(parts[1], "a sum")]
            value = statement.sum([(factor, statement.numbers[node]) for factor, node in summands])
            if statement.whole(value):
                low = statement.sum([(1, value), (1, constant(-most))])
                high = statement.sum([(-1, value), (1, constant(most + 1))])
                return (lambda: self.add((low, AT_MOST))), (lambda: self.add((high, AT_MOST)))
        raise Refused(f"`{str(name)[:20]}` is no step that can be made here")

    def add(self, row: Row) -> None:
        self.rows.append(self.statement.row([(1, row)]))

    def node(self, value: Any) -> int:
        if not 0 <= whole(value) < len(self.statement.terms):
            raise Refused("a step names a term that does not exist")
        return int(value)

    def pair(self, value: Any) -> tuple[int, int]:
        pair = listed(value, "a multiple")
        if len(pair) != 2:
            raise Refused("a multiple must have a factor and a term")
        return whole(pair[0]), self.node(pair[1])

    def state(self, node: int, truth: bool) -> None:
        """Take a term as true or false, and whatever is then plainly true or false below it."""
        stack = [(node, truth)]
        while stack:
            fact = stack.pop()
            op, args = self.statement.terms[fact[0]]
            self.statement.work.spend(len(args))
            if fact in self.facts:
                continue
            self.facts[fact] = None
            if op == "not":
                stack.append((args[0], not fact[1]))
            elif op == ("and" if fact[1] else "or"):
                stack.extend((arg, fact[1]) for arg in args)

    def is_clash(self, node: int) -> bool:
        """Whether what is known of a term and of its arguments cannot be."""
        op, args = self.statement.terms[node]
        facts = self.facts
        self.statement.work.spend(len(args))
        if (node, True) in facts and (node, False) in facts:
            return True
        if op == "truth":
            return (node, args[0] == 0) in facts
        if op in ("and", "or"):
            return (node, op == "or") in facts and all((arg, op == "and") in facts for arg in args)
        if op == "==" and self.statement.sorts[args[0]] == "truth":
            both = [(first, second) for first in (True, False) for second in (True, False)]
            return any((args[0], a) in facts and (args[1], b) in facts and (node, a != b) in facts for a, b in both)
        return False

    def is_false(self, parts: Any) -> bool:
        """Whether rows times multipliers say something false of constants alone."""
        value, relation = self.combined(parts)
        free = value.pop((), 0)
        return not any(value.values()) and (
            free > 0 or (free < 0 and relation == EQUAL) or (free == 0 and relation == BELOW)
        )

    def combined(self, parts: Any) -> Row:
        rows: list[tuple[int, Row]] = []
        for part in listed(parts, "rows"):
            if len(listed(part, "a row")) != 3:
                raise Refused("a row must have a multiplier, a name and a number")
            rows.append((whole(part[0]), self.named(text(part[1]), part[2])))
        return self.statement.row(rows)

    def named(self, name: str, number: Any) -> Row:
        """The row that a proof names."""
        if name == "row":
            if not 0 <= whole(number) < len(self.rows):
                raise Refused("a proof names a row that no step has added")
            return self.rows[int(number)]
        op, args = self.statement.terms[self.node(number)]
        if name in ("true", "false"):
            is_known = (number, name == "true") in self.facts
        elif name in ("then", "else"):
            is_known = op == "ite" and (args[0], name == "then") in self.facts
        else:
            is_known = name in FLOOR_ROWS
        if not is_known:
            raise Refused(f"`{name[:20]}` of term {number} is not known here")
        return self.statement.meaning(name, number)


def evaluate(statement: Statement, values: list[Any], work: Work) -> list[Any]:
    """The value of every term where the variables have these values; a division by zero gives 0."""
    if len(values) != len(statement.variables):
        raise Refused("expected one value for each variable")
    given = [given_value(sort, value) for sort, value in zip(statement.variables, values, strict=True)]
    found: list[Any] = []
    for op, args in statement.terms:
        work.spend(len(args))
        if op == "variable":
            found.append(given[args[0]])
        elif op in ("text", "truth"):
            found.append(args[0] if op == "text" else args[0] == 1)
        elif op in ("integer", "fraction"):
            found.append(Fraction(*args))
        else:
            value = applied(op, [found[arg] for arg in args], work)
            found.append(Fraction(work.bounded(value)) if isinstance(value, Fraction) else value)
    return found


def given_value(sort: str, value: Any) -> Any:
    if sort == "integer":
        return Fraction(whole(value))
    if sort == "rational":
        pair = [whole(part) for part in listed(value, "a rational value")]
        if len(pair) != 2 or pair[1] < 1 or gcd(*pair) != 1:
            raise Refused("a rational value must be a numerator and a denominator in lowest terms")
        return Fraction(*pair)
    if type(value) is not (bool if sort == "truth" else str):
        raise Refused(f"a value is no {sort}")
    return value


def applied(op: str, args: list[Any], work: Work) -> Any:
    """One operator on values."""
    if op in ("and", "or"):
        return all(args) if op == "and" else any(args)
    if op in ("+", "*"):
        result = Fraction(op == "*")
        for arg in args:
            result = Fraction(work.bounded(result * arg if op == "*" else result + arg))
        return result
    if op in ("neg", "not", "is_int"):
        return -args[0] if op == "neg" else not args[0] if op == "not" else args[0].denominator == 1
    if op == "ite":
        return args[1] if args[0] else args[2]
    left, right = args
    if op in ("==", "<", "<="):
        return left == right if op == "==" else left < right if op == "<" else left <= right
    if right == 0:
        return Fraction(0)
    if op == "half_even_div":
        return Fraction(round(left / right))
    if op == "/":
        return left / right
    down = Fraction(left // right)
    return left - right * down if op == "%" else Fraction(-((-left) // right)) if op == "ceil_div" else down


def main(arguments: list[str]) -> int:
    """The program."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python certificate_checker.py FILE\n")
        return 2
    try:
        with Path(arguments[0]).open("rb") as stream:
            checked = check(stream.read(MAXIMUM_BYTES + 1))
    except OSError as error:
        sys.stderr.write(f"refused: cannot read the file: {error.strerror}\n")
        return 1
    except Refused as error:
        sys.stderr.write(f"refused: {error}\n")
        return 1
    for name, identity, kind in checked.obligations:
        how = "can hold" if kind in SATISFIABLE_KINDS else "holds"
        sys.stdout.write(f"{ascii(name)[1:-1]}: {ascii(identity)[1:-1]} {how}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
