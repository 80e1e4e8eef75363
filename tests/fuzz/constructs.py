"""What of the language a program uses, read off its syntax tree: a closed list, so that nothing is left untested."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from aethel.intent import syntax
from aethel.intent.reading import Analysed, Reading
from aethel.intent.scope import Scope, Time
from aethel.intent.traversal import walk
from aethel.intent.types import Account, Boolean, Hash, Integer, Money, Opaque, Rational, Text


class Construct(Enum):
    """Everything a program can be made of, and every way to spell it."""

    DECLARATIVE = "declarative form"
    EFFECT = "effect form"
    BATCH = "batch"
    UNNAMED_BATCH = "batch without a name"
    SEVERAL_INTENTS = "several intents"
    SETTINGS = "solve"
    COMMENT = "comment"
    BINDING = "binding"
    GUARD_SNAPSHOT = "snapshot"
    SECRET_PARAMETER = "secret parameter"
    EXTERNAL_PARAMETER = "external parameter"
    SECRET_CONDITION = "secret condition"
    EXTERNAL_CONDITION = "external condition"
    ASSIGN = "="
    ADD_ASSIGN = "+="
    SUBTRACT_ASSIGN = "-="
    TRANSFER = "transfer"
    MINT = "mint"
    BURN = "burn"
    REQUIRE = "require"
    BRANCH = "if in effect"
    ELSE = "else in effect"
    ELSE_IF = "else if in effect"
    FOR = "for"
    EMPTY_FOR = "for without a turn"
    LOOP_NAME = "loop name in an expression"
    CHECK_IF = "if in verify"
    CHECK_ELSE = "else in verify"
    SUM = "+"
    DIFFERENCE = "-"
    PRODUCT = "*"
    QUOTIENT = "/"
    REMAINDER = "%"
    NEGATE = "unary minus"
    MINIMUM = "min"
    MAXIMUM = "max"
    CEILING = "div_ceil"
    HALF_EVEN = "div_half_even"
    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    AND = "and"
    OR = "or"
    NOT = "not"
    IMPLIES = "=>"
    CONDITIONAL = "conditional expression"
    WHOLE_LITERAL = "whole literal"
    DECIMAL_LITERAL = "decimal literal"
    PERCENT_LITERAL = "percentage"
    TEXT_LITERAL = "text literal"
    TRUTH_LITERAL = "true and false"
    ZERO = "zero"
    EXACT_LITERALS = "literals that divide exactly"
    OLD_CALL = "old()"
    OLD_PREFIX = "old_x"
    OLD_SUFFIX = "x_old"
    BEFORE_SUFFIX = "x_before"
    NEW_PREFIX = "new_x"
    NEW_SUFFIX = "x_new"
    AFTER_SUFFIX = "x_after"
    DOTTED_CELL = "x.balance"
    JOINED_CELL = "x_balance"
    OTHER_FIELD = "a field that is no balance"
    LONE_STATE = "state without an account"
    DECLARED_BALANCE = "balance declared as a parameter"
    SIZED_BALANCE = "sized balance"
    FREE_ACCOUNT = "undeclared account"
    FREE_NAME = "free name"
    FRESH_NAME = "fresh name"
    DEFINED_ON_THE_RIGHT = "definition on the right"
    DEFINED_IN_A_SUM = "definition inside a sum"
    ARBITRARY_CELL = "cell that nothing defines"
    ACCOUNT = "Account"
    ACCOUNT_OF_ASSET = "Account<X>"
    DEFAULT_MONEY = "default asset"
    REGISTERED_MONEY = "registered asset"
    NOMINAL_MONEY = "money by its bare name"
    TWO_ASSETS = "two assets"
    CONVERSION = "Rate<A/B>"
    INTEGER = "unsized integer"
    SIZED_UNSIGNED = "unsigned size"
    SIZED_SIGNED = "signed size"
    RATIONAL = "rational"
    BOOLEAN = "Bool"
    TEXT = "Text"
    HASH = "Hash"
    OPAQUE = "opaque type"
    ACCOUNT_COMPARED = "accounts compared"


_STATEMENTS = {"=": Construct.ASSIGN, "+=": Construct.ADD_ASSIGN, "-=": Construct.SUBTRACT_ASSIGN}
_ARITHMETIC = {
    "+": Construct.SUM,
    "-": Construct.DIFFERENCE,
    "*": Construct.PRODUCT,
    "/": Construct.QUOTIENT,
    "%": Construct.REMAINDER,
}
_COMPARED = {
    "==": Construct.EQUAL,
    "!=": Construct.UNEQUAL,
    "<": Construct.LESS,
    "<=": Construct.AT_MOST,
    ">": Construct.MORE,
    ">=": Construct.AT_LEAST,
}
_CALLED = {
    "min": Construct.MINIMUM,
    "max": Construct.MAXIMUM,
    "div_ceil": Construct.CEILING,
    "div_half_even": Construct.HALF_EVEN,
}
_SUFFIXES = {
    "_old": Construct.OLD_SUFFIX,
    "_before": Construct.BEFORE_SUFFIX,
    "_new": Construct.NEW_SUFFIX,
    "_after": Construct.AFTER_SUFFIX,
}


def constructs(reading: Reading) -> frozenset[Construct]:
    """Every construct that stands in the text."""
    assert reading.syntax is not None
    found = set(_of_file(reading))
    for analysed in reading.analysed:
        found.update(_of_intent(analysed))
        found.update(_of_symbols(analysed))
        for expression in _expressions(analysed.intent):
            for node in walk(expression):
                found.update(_of_node(node, analysed))
    return frozenset(found)


def _of_file(reading: Reading) -> Iterator[Construct]:
    assert reading.syntax is not None
    for item in reading.syntax.items:
        if isinstance(item, syntax.Batch):
            yield Construct.BATCH if item.name else Construct.UNNAMED_BATCH
    if len(reading.analysed) > 1:
        yield Construct.SEVERAL_INTENTS
    if reading.comments:
        yield Construct.COMMENT


def _of_intent(analysed: Analysed) -> Iterator[Construct]:
    intent = analysed.intent
    yield Construct.DECLARATIVE if intent.effect is None else Construct.EFFECT
    if intent.settings:
        yield Construct.SETTINGS
    for line in intent.guard:
        if isinstance(line, syntax.Binding):
            yield Construct.BINDING
        else:
            yield from _of_check(line)
            if _is_snapshot(line.condition, analysed.typed.scope):
                yield Construct.GUARD_SNAPSHOT
    for statement in intent.effect or ():
        yield from _of_statement(statement)
    for check in intent.verify:
        yield from _of_verify(check)
    for definition in analysed.definitions:
        if not definition.on_left:
            yield Construct.DEFINED_ON_THE_RIGHT
        if not definition.whole:
            yield Construct.DEFINED_IN_A_SUM


def _is_snapshot(condition: syntax.Expression, scope: Scope) -> bool:
    if not isinstance(condition, syntax.Compare) or condition.operator != "==":
        return False
    names = [side.cell if isinstance(side, syntax.Old) else side for side in (condition.left, condition.right)]
    found = [scope.reference(name).symbol for name in names if isinstance(name, syntax.Name)]
    return len(found) == 2 and found[0] is found[1] and found[0] is not None


def _of_check(line: syntax.Check) -> Iterator[Construct]:
    if line.secret:
        yield Construct.SECRET_CONDITION
    if line.external:
        yield Construct.EXTERNAL_CONDITION


def _of_statement(statement: syntax.Statement) -> Iterator[Construct]:
    match statement:
        case syntax.Assign(operator=operator):
            yield _STATEMENTS[operator]
        case syntax.Transfer():
            yield Construct.TRANSFER
        case syntax.Issue(kind=kind):
            yield Construct.MINT if kind == "mint" else Construct.BURN
        case syntax.Require():
            yield Construct.REQUIRE
        case syntax.Branch(then=then, other=other):
            yield Construct.BRANCH
            if other:
                yield Construct.ELSE_IF if isinstance(other[0], syntax.Branch) else Construct.ELSE
            for inner in (*then, *other):
                yield from _of_statement(inner)
        case syntax.For(low=low, high=high, body=body):
            yield Construct.FOR if high > low else Construct.EMPTY_FOR
            for inner in body:
                yield from _of_statement(inner)


def _of_verify(line: syntax.VerifyLine) -> Iterator[Construct]:
    if isinstance(line, syntax.Check):
        yield from _of_check(line)
        return
    yield Construct.CHECK_IF
    if line.other:
        yield Construct.CHECK_ELSE
    for inner in (*line.then, *line.other):
        yield from _of_verify(inner)


def _expressions(intent: syntax.Intent) -> Iterator[syntax.Expression]:
    for line in intent.guard:
        yield line.value if isinstance(line, syntax.Binding) else line.condition
    for statement in intent.effect or ():
        yield from _in_statement(statement)
    for check in intent.verify:
        yield from _in_verify(check)


def _in_statement(statement: syntax.Statement) -> Iterator[syntax.Expression]:
    match statement:
        case syntax.Assign(target=target, value=value):
            yield from (target, value)
        case syntax.Transfer(amount=amount) | syntax.Issue(amount=amount):
            yield amount
        case syntax.Require(condition=condition):
            yield condition
        case syntax.Branch(condition=condition, then=then, other=other):
            yield condition
            for inner in (*then, *other):
                yield from _in_statement(inner)
        case syntax.For(body=body):
            for inner in body:
                yield from _in_statement(inner)


def _in_verify(line: syntax.VerifyLine) -> Iterator[syntax.Expression]:
    yield line.condition
    if isinstance(line, syntax.CheckIf):
        for inner in (*line.then, *line.other):
            yield from _in_verify(inner)


def _of_node(node: syntax.Expression, analysed: Analysed) -> Iterator[Construct]:
    match node:
        case syntax.Number(percent=percent, decimals=decimals):
            literal = Construct.DECIMAL_LITERAL if decimals else Construct.WHOLE_LITERAL
            yield Construct.PERCENT_LITERAL if percent else literal
        case syntax.String():
            yield Construct.TEXT_LITERAL
        case syntax.Truth():
            yield Construct.TRUTH_LITERAL
        case syntax.Zero():
            yield Construct.ZERO
        case syntax.Name():
            yield from _of_name(node, analysed.typed.scope)
        case syntax.Old(cell=cell):
            yield Construct.OLD_CALL
            yield from _of_name(cell, analysed.typed.scope)
        case syntax.Negate():
            yield Construct.NEGATE
        case syntax.Not():
            yield Construct.NOT
        case syntax.Chain(rest=rest):
            yield from (_ARITHMETIC[operator] for operator, _ in rest)
            if id(node) in analysed.typed.exact:
                yield Construct.EXACT_LITERALS
        case syntax.Compare(operator=operator, left=left):
            yield _COMPARED[operator]
            if isinstance(analysed.typed.of(left), Account):
                yield Construct.ACCOUNT_COMPARED
        case syntax.Junction(operator=word):
            yield Construct.AND if word == "and" else Construct.OR
        case syntax.Implies():
            yield Construct.IMPLIES
        case syntax.IfThenElse():
            yield Construct.CONDITIONAL
        case syntax.Call(function=function):
            yield _CALLED[function]


def _of_name(name: syntax.Name, scope: Scope) -> Iterator[Construct]:
    reference = scope.reference(name)
    if reference.loop is not None:
        yield Construct.LOOP_NAME
    symbol = reference.symbol
    if symbol is None:
        return
    spelled = name.name if name.field is None else name.field
    if reference.time is not Time.PLAIN:
        suffixes = [found for suffix, found in _SUFFIXES.items() if spelled.endswith(suffix)]
        yield from suffixes
        if not suffixes and name.name.startswith(("old_", "new_")):
            yield Construct.OLD_PREFIX if name.name.startswith("old_") else Construct.NEW_PREFIX
    if symbol.account:
        yield Construct.JOINED_CELL if name.field is None else Construct.DOTTED_CELL


def _of_symbols(analysed: Analysed) -> Iterator[Construct]:
    scope = analysed.typed.scope
    declarative = analysed.intent.effect is None
    defined = {definition.symbol for definition in analysed.definitions}
    for symbol in scope.symbols.values():
        if symbol.parameter is not None:
            yield from _of_parameter(symbol.parameter)
        elif symbol.account == "":
            yield Construct.FRESH_NAME if symbol in defined else Construct.FREE_NAME
        if symbol.account and not symbol.is_balance:
            yield Construct.OTHER_FIELD
        if symbol.changeable and not symbol.account:
            yield Construct.DECLARED_BALANCE if isinstance(symbol.type, Money) else Construct.LONE_STATE
            if isinstance(symbol.type, Money) and symbol.type.maximum_minor != Money().maximum_minor:
                yield Construct.SIZED_BALANCE
        if declarative and symbol.changeable and symbol.after_occurs and symbol not in defined:
            yield Construct.ARBITRARY_CELL
        if symbol.blocks or symbol.assigned or symbol.account:
            yield from _of_type(symbol.known_type)
    if scope.free_accounts:
        yield Construct.FREE_ACCOUNT
    assets = {symbol.type.asset for symbol in scope.symbols.values() if isinstance(symbol.type, Money)}
    if len(assets) > 1:
        yield Construct.TWO_ASSETS


def _of_parameter(parameter: syntax.Parameter) -> Iterator[Construct]:
    if parameter.secret:
        yield Construct.SECRET_PARAMETER
    if parameter.external:
        yield Construct.EXTERNAL_PARAMETER
    if parameter.type.name == "Account":
        yield Construct.ACCOUNT if parameter.type.argument is None else Construct.ACCOUNT_OF_ASSET
    if parameter.type.name in ("EUR", "USD", "JPY", "Gold"):
        yield Construct.NOMINAL_MONEY


def _of_type(type_: object) -> Iterator[Construct]:
    match type_:
        case Money(asset=asset):
            yield Construct.REGISTERED_MONEY if asset else Construct.DEFAULT_MONEY
        case Integer(minimum=minimum):
            sized = Construct.SIZED_UNSIGNED if minimum == 0 else Construct.SIZED_SIGNED
            yield Construct.INTEGER if minimum is None else sized
        case Rational(numerator_asset=asset):
            yield Construct.RATIONAL if asset is None else Construct.CONVERSION
        case Boolean():
            yield Construct.BOOLEAN
        case Text():
            yield Construct.TEXT
        case Hash():
            yield Construct.HASH
        case Opaque():
            yield Construct.OPAQUE
        case _:
            return
