"""The syntax tree of the intent language; positions are offsets in code points."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Number:
    """An exact literal; `decimals` counts the digits after the point, and a percentage is already divided by 100."""

    value: Fraction
    decimals: int
    percent: bool
    start: int
    end: int

    @property
    def whole(self) -> bool:
        """Whether it was written as an integer."""
        return self.decimals == 0 and not self.percent


@dataclass(frozen=True, slots=True)
class String:
    """A text literal, unescaped."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    value: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Zero:
    """The constant `zero`: 0 of whatever type stands beside it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a dotted cell, as written: `amount`, `sender.balance`."""

    name: str
    field: str | None
    start: int
    end: int

    def __str__(self) -> str:
        return self.name if self.field is None else f"{self.name}.{self.field}"


@dataclass(frozen=True, slots=True)
class Old:
    """`old(cell)`."""

    cell: Name
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Not:
    """Negation of a condition."""

    operand: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A left-associative run of `+ -` or of `* / %`: the first operand, then operator and operand pairs."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison; the language has no chains."""

    operator: str
    left: Expression
    right: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Junction:
    """A run of `and` or of `or`; each operand guards those to its right."""

    operator: str
    operands: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Implies:
    """`left => right`; the left side guards the right."""

    left: Expression
    right: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class IfThenElse:
    """A conditional expression."""

    condition: Expression
    then: Expression
    other: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """`div_ceil`, `div_half_even`, `min` or `max` of two operands."""

    function: str
    left: Expression
    right: Expression
    start: int
    end: int


Expression = (
    Number
    | String
    | Truth
    | Zero
    | Name
    | Old
    | Negate
    | Not
    | Chain
    | Compare
    | Junction
    | Implies
    | IfThenElse
    | Call
)


@dataclass(frozen=True, slots=True)
class TypeName:
    """A written type: `Balance`, `Rate<EUR/USD>`, `Text(140)`."""

    name: str
    argument: str | None
    second: str | None
    size: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter with its modifiers."""

    name: str
    type: TypeName
    secret: bool
    external: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Binding:
    """`name = expression;` in a guard."""

    name: str
    value: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Check:
    """A condition line of a guard or of `verify`."""

    condition: Expression
    secret: bool
    external: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CheckIf:
    """`if (condition) { … } else { … }` in `verify`."""

    condition: Expression
    then: tuple[VerifyLine, ...]
    other: tuple[VerifyLine, ...]
    start: int
    end: int


VerifyLine = Check | CheckIf


@dataclass(frozen=True, slots=True)
class Assign:
    """`cell = value`, `cell += value` or `cell -= value`."""

    target: Name
    operator: str
    value: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """`transfer(source, destination, amount)`."""

    source: Name
    destination: Name
    amount: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Issue:
    """`mint(cell, amount)` or `burn(cell, amount)`."""

    kind: str
    target: Name
    amount: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Require:
    """`require condition;`: a precondition where it stands."""

    condition: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Branch:
    """`if (condition) { … } else …` in `effect`."""

    condition: Expression
    then: tuple[Statement, ...]
    other: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class For:
    """`for name in low..high { … }`: `high` is excluded."""

    name: str
    low: int
    high: int
    body: tuple[Statement, ...]
    start: int
    end: int


Statement = Assign | Transfer | Issue | Require | Branch | For


@dataclass(frozen=True, slots=True)
class Setting:
    """`name: value;` in `solve`."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Intent:
    """One intent; `effect` is None where the declarative form is used."""

    name: str
    parameters: tuple[Parameter, ...]
    guard: tuple[Binding | Check, ...]
    settings: tuple[Setting, ...]
    effect: tuple[Statement, ...] | None
    verify: tuple[VerifyLine, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """`atomic_batch name { … }`; the name may be empty."""

    name: str
    intents: tuple[Intent, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class File:
    """Everything one text holds, in order."""

    items: tuple[Intent | Batch, ...]

    def intents(self) -> tuple[Intent, ...]:
        """All intents in the order they run."""
        return tuple(intent for item in self.items for intent in (item.intents if isinstance(item, Batch) else (item,)))
