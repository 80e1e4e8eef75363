"""From trees to text, in one of the many ways to write the same program: names, spellings, layout, order of lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random
from typing import TypeVar

from tests.fuzz.model import (
    Account,
    Arith,
    Assign,
    Batch,
    Binding,
    Branch,
    Call,
    Check,
    CheckIf,
    Choose,
    Compare,
    Define,
    Expression,
    File,
    For,
    Implies,
    Intent,
    Issue,
    Junction,
    Kind,
    Named,
    Negate,
    Not,
    Number,
    Read,
    Require,
    Statement,
    Symbol,
    Text,
    Time,
    Transfer,
    VerifyLine,
    Word,
    walk,
)

_Line = TypeVar("_Line")
_IMPLIES, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _ATOM = range(1, 10)
_COMMENTS = ("", "", "  # checked", "  // by hand", "  # 100% of it; really", '  # "quoted" {', "  // über")


class Block(Enum):
    """Where an expression stands, which decides the spellings it may use."""

    GUARD = "guard"
    EFFECT = "effect"
    VERIFY = "verify"


@dataclass(slots=True)
class Style:
    """How to write: the source of all free choices, and what each name becomes."""

    random: Random
    names: Mapping[str, str] = field(default_factory=dict)
    comments: bool = True
    redundant: float = 0.1

    def name(self, name: str) -> str:
        return self.names.get(name, name)

    def key(self, symbol: Symbol) -> str:
        """How the reference interpreter names a symbol of the text written in this style."""
        return replace(symbol, name=self.name(symbol.name)).key


def print_file(file: File, style: Style) -> str:
    """The text of a file; equal choices of the style give equal texts."""
    parts = []
    for item in file.items:
        if isinstance(item, Batch):
            body = "\n".join(_Printer(intent, style).intent() for intent in item.intents)
            parts.append(f"atomic_batch {item.name} {{\n{body}\n}}" if item.name else f"atomic_batch {{\n{body}\n}}")
        else:
            parts.append(_Printer(item, style).intent())
    head = style.random.choice(("", "", "# an intent\n", "\n\n")) if style.comments else ""
    return head + "\n".join(parts) + style.random.choice(("", "\n"))


def shuffled(file: File, random: Random) -> File:
    """The same program with the lines of its guards and of its `verify` blocks in another order.

    Bindings keep their order, since one may use only earlier ones.
    """

    def reorder(intent: Intent) -> Intent:
        bindings = [line for line in intent.guard if isinstance(line, Binding)]
        checks = [line for line in intent.guard if isinstance(line, Check)]
        random.shuffle(checks)
        guard: list[Binding | Check] = list(checks)
        places = sorted(random.randint(0, len(guard)) for _ in bindings)
        for offset, (place, binding) in enumerate(zip(places, bindings, strict=True)):
            guard.insert(place + offset, binding)
        verify = list(intent.verify)
        random.shuffle(verify)
        return replace(intent, guard=tuple(guard), verify=tuple(verify))

    return File(
        tuple(
            replace(item, intents=tuple(map(reorder, item.intents))) if isinstance(item, Batch) else reorder(item)
            for item in file.items
        )
    )


class _Printer:
    def __init__(self, intent: Intent, style: Style) -> None:
        self.source = intent
        self.style = style
        self.random = style.random
        self.declared = {account.name for account in intent.accounts if account.written}
        self.assigned = {found.target.key for found in walk(intent.effect or ()) if isinstance(found, Assign)}
        self.block = Block.GUARD
        self.tight = self.random.random() < 0.1

    def intent(self) -> str:
        intent = self.source
        parameters = ", ".join(self._parameter(each) for each in intent.parameters)
        lines = [f"intent {self.style.name(intent.name)}({parameters}) {{"]
        lines += self._wrapped("guard", [self._guard_line(line) for line in intent.guard])
        if intent.settings:
            lines += self._wrapped("solve", [f"{name}: {value};" for name, value in intent.settings])
        if intent.effect is not None:
            self.block = Block.EFFECT
            lines += self._wrapped("effect", [self._statement(statement) for statement in intent.effect])
        self.block = Block.VERIFY
        lines += self._wrapped("verify", [self._verify_line(line) for line in intent.verify])
        return "\n".join((*lines, "}"))

    def _wrapped(self, name: str, lines: Sequence[str]) -> list[str]:
        if self.random.random() < 0.5:
            return [f"    {name} {{ {' '.join(lines)} }}"]
        return [f"    {name} {{", *(f"        {line}{self._comment()}" for line in lines), "    }"]

    def _comment(self) -> str:
        return self.random.choice(_COMMENTS) if self.style.comments else ""

    def _parameter(self, parameter: Symbol | Account) -> str:
        if isinstance(parameter, Account):
            return f"{self.style.name(parameter.name)}: {parameter.written}"
        words = [word for word, on in (("secret", parameter.secret), ("external", parameter.external)) if on]
        name = self.style.name(parameter.name) + (f"_{parameter.field}" if parameter.field else "")
        return f"{' '.join((*words, name))}: {parameter.type.written}"

    def _guard_line(self, line: Binding | Check) -> str:
        if isinstance(line, Binding):
            return f"{self.style.name(line.name)} = {self.expression(line.value)};"
        return self._check(line)

    def _check(self, line: Check) -> str:
        words = [word for word, on in (("secret", line.secret), ("external", line.external)) if on]
        condition = self.expression(line.condition)
        if words and condition.startswith("-"):
            condition = f"({condition})"
        return " ".join((*words, f"{condition};"))

    def _verify_line(self, line: VerifyLine) -> str:
        match line:
            case Check():
                return self._check(line)
            case Define():
                return f"{self.expression(line.equation())};"
            case CheckIf(condition, then, other):
                inner = " ".join(map(self._verify_line, then))
                tail = f" else {{ {' '.join(map(self._verify_line, other))} }}" if other else ""
                return f"if ({self.expression(condition)}) {{ {inner} }}{tail}"

    def _statement(self, statement: Statement) -> str:
        match statement:
            case Assign(target, operator, value):
                return f"{self._plain(target)} {operator} {self.expression(value)};"
            case Transfer(source, destination, amount):
                cells = f"{self._account(source)}, {self._account(destination)}"
                return f"transfer({cells}, {self.expression(amount)});"
            case Issue(kind, target, amount):
                return f"{kind}({self._account(target)}, {self.expression(amount)});"
            case Require(condition):
                return f"require {self.expression(condition)};"
            case Branch():
                return self._branch(statement)
            case For(name, low, high, body):
                return f"for {self.style.name(name)} in {low}..{high} {{ {self._body(body)} }}"

    def _branch(self, branch: Branch) -> str:
        head = f"if ({self.expression(branch.condition)}) {{ {self._body(branch.then)} }}"
        if not branch.other:
            return head
        if len(branch.other) == 1 and isinstance(branch.other[0], Branch) and self.random.random() < 0.5:
            return f"{head} else {self._branch(branch.other[0])}"
        return f"{head} else {{ {self._body(branch.other)} }}"

    def _body(self, statements: Iterable[Statement]) -> str:
        return " ".join(map(self._statement, statements))

    def _account(self, symbol: Symbol) -> str:
        """The target of a transfer: the account itself or its balance cell."""
        if symbol.field == "balance" and self.random.random() < 0.7:
            return self.style.name(symbol.name)
        return self._plain(symbol)

    def _plain(self, symbol: Symbol) -> str:
        return self.random.choice(self._plain_spellings(symbol))

    def _plain_spellings(self, symbol: Symbol) -> list[str]:
        name = self.style.name(symbol.name)
        if not symbol.field:
            return [name]
        joined = symbol.declared or symbol.name in self.declared or symbol.field == "balance"
        return [f"{name}.{symbol.field}", *([f"{name}_{symbol.field}"] if joined else [])]

    def _read(self, symbol: Symbol, time: Time) -> str:
        plain = self._plain_spellings(symbol)
        if not symbol.state:
            return self.random.choice(plain)
        if time is Time.BEFORE:
            spellings = [f"old({each})" for each in plain]
            spellings += [each + suffix for each in plain for suffix in ("_old", "_before")]
            spellings += [f"old_{each}" for each in plain if "." not in each or symbol.name in self.declared]
            if self.block is Block.GUARD and self._surely_state(symbol):
                spellings += plain
        elif self.block is Block.EFFECT:
            spellings = plain
        else:
            spellings = [each + suffix for each in plain for suffix in ("_new", "_after")]
            spellings += [f"new_{each}" for each in plain if "." not in each or symbol.name in self.declared]
            if self._surely_state(symbol):
                spellings += plain * 4
        return self.random.choice(spellings)

    def _surely_state(self, symbol: Symbol) -> bool:
        """Whether a plain name is known to be state without a before or after form elsewhere."""
        if symbol.declared and symbol.type.kind is Kind.MONEY:
            return False
        return (symbol.field == "balance" and not symbol.declared) or symbol.key in self.assigned

    def expression(self, node: Expression) -> str:
        """A whole expression, which needs no parentheses."""
        return self._at(node, 0)

    def _at(self, node: Expression, least: int) -> str:
        """An expression where everything that binds more loosely than `least` stands in parentheses."""
        text, power = self._written(node)
        if power < least or (power < _ATOM and self.random.random() < self.style.redundant):
            return f"({text})"
        return text

    def _written(self, node: Expression) -> tuple[str, int]:
        space = "" if self.tight else " "
        match node:
            case Number(text, _, percent):
                return f"{text}%" if percent else text, _ATOM
            case Word(text):
                return text, _ATOM
            case Text(text):
                return f'"{text}"', _ATOM
            case Read(symbol, time):
                return self._read(symbol, time), _ATOM
            case Named(name):
                return self.style.name(name), _ATOM
            case Negate(operand):
                return f"-{self._at(operand, _UNARY)}", _UNARY
            case Arith(operator, left, right):
                power = _SUM if operator in "+-" else _PRODUCT
                first, second = self._at(left, power), self._at(right, power + 1)
                gap = " " if operator == "%" else space
                return f"{first}{gap}{operator}{gap}{second}", power
            case Call(function, left, right):
                return f"{function}({self.expression(left)}, {self.expression(right)})", _ATOM
            case Compare(operator, left, right):
                return f"{self._at(left, _SUM)}{space}{operator}{space}{self._at(right, _SUM)}", _COMPARE
            case Junction(word, operands):
                power = _OR if word == "or" else _AND
                return f" {word} ".join(self._at(operand, power + 1) for operand in operands), power
            case Not(operand):
                return f"not {self._at(operand, _NOT)}", _NOT
            case Implies(left, right):
                return f"{self._at(left, _OR)} => {self._at(right, _IMPLIES)}", _IMPLIES
            case Choose(condition, then, other):
                parts = (self.expression(condition), self.expression(then), self.expression(other))
                return "if {} then {} else {}".format(*parts), 0
