"""Questions with values: with everything given, the answer must be what the oracle says of that one execution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from aethel.intent.program import Program, Role, Variable
from aethel.intent.rendering import rendered
from aethel.intent.terms import Value
from aethel.intent.types import Account, Integer, Money, bounds_of
from aethel.request import Context, Question
from aethel.verdict import Consensus, MOEResult
from tests.fuzz.judgement import WRONG_APPROVAL, WRONG_REJECTION, Disagreement, Watched, tells_apart
from tests.fuzz.oracle import Seen
from tests.fuzz.states import State, key_of, neutral

_GIVEN_HIGH = 2**63 - 1


@dataclass(slots=True)
class Instance:
    """Values for every name of a text, and the executions of its intents one after the other on them."""

    arguments: dict[str, str] = field(default_factory=dict)
    balances: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    steps: list[Seen] = field(default_factory=list)
    usable: bool = True

    def question(self, text: bytes) -> Question:
        return Question(
            "instance", text, arguments=self.arguments, context=Context(self.balances, self.inputs, self.accounts)
        )

    @property
    def holds(self) -> bool:
        """Whether every intent starts, runs to its end, and nothing fails; hypotheses are not asked for."""
        return all(step.guarded and step.admitted and not step.failing and not step.divided for step in self.steps)


def instance(watched: Sequence[Watched], random: Random) -> Instance:
    """Values for everything: those of some state of each intent, where nothing before it settled them."""
    made = Instance()
    given: dict[str, Value] = {}
    state: dict[str, Value] = {}
    for each in watched:
        program = each.oracle.program
        seen = _step(each, given, state, random)
        made.steps.append(seen)
        for variable in program.variables:
            key = _shared(key_of(variable))
            made.usable = made.usable and variable.role is not Role.NEW_CELL
            if variable.role is not Role.NEW_CELL and not (variable.role is Role.OLD_CELL and key in state):
                given[key] = seen.state[variable.name]
                _give(made, variable, given[key])
        made.usable = made.usable and not program.issues
        for cell in program.cells:
            after = seen.run.after[cell.name]
            if not _is_local(program, cell.name):
                state[_shared(cell.name)] = (
                    after if isinstance(after, bool | str) else _whole(Fraction(after) * 10**cell.scale)
                )
        if not (seen.guarded and seen.admitted) or seen.failing or seen.divided:
            # What comes after a failing intent is not run: it need not even have values that its types admit.
            _fill(made, watched[len(made.steps) :], given, state)
            break
    return made


def _fill(made: Instance, rest: Sequence[Watched], given: dict[str, Value], state: dict[str, Value]) -> None:
    """Values for the names that only intents after a failing one read."""
    for each in rest:
        made.usable = made.usable and not each.oracle.program.issues
        for variable in each.oracle.program.variables:
            made.usable = made.usable and variable.role is not Role.NEW_CELL
            key = _shared(key_of(variable))
            if not (variable.role is Role.OLD_CELL and key in state):
                _give(made, variable, given.setdefault(key, neutral(variable)))


def _step(each: Watched, given: dict[str, Value], state: dict[str, Value], random: Random) -> Seen:
    """One execution of an intent on what is given and what those before it left.

    In most cases it is one in which nothing fails, if a few trials find one.
    """
    seen = None
    for _ in range(8 if random.random() < 0.7 else 1):
        wanted = _starting(each, random)
        values: State = {}
        for variable in each.oracle.program.variables:
            key = _shared(key_of(variable))
            known = state if variable.role is Role.OLD_CELL and key in state else given
            values[variable.name] = known.get(key, wanted[variable.name])
        seen = each.oracle.see(values)
        if seen.guarded and seen.admitted and not seen.failing:
            break
    assert seen is not None
    return seen


def _starting(watched: Watched, random: Random) -> State:
    """A state to start in: one that is admitted in half of the cases, where any is known."""
    seen = [each for each in watched.seen if each.supposed]
    admitted = [each for each in seen if each.admitted]
    if admitted and random.random() < 0.6:
        return random.choice(admitted).state
    if seen and random.random() < 0.8:
        return random.choice(seen).state
    return {variable.name: neutral(variable) for variable in watched.oracle.program.variables}


def _shared(key: str) -> str:
    """The name of a cell in all intents: a balance declared as a parameter is the balance of its account."""
    if "." not in key and key.endswith("_balance"):
        return key.removesuffix("_balance") + ".balance"
    return key


def _is_local(program: Program, key: str) -> bool:
    """Whether a cell is a declared parameter that is no balance of an account, hence of its intent alone."""
    return key in {parameter.name for parameter in program.parameters} and not key.endswith("_balance")


def _whole(value: Fraction) -> Value:
    return value.numerator if value.denominator == 1 else value


def _give(made: Instance, variable: Variable, value: Value) -> None:
    """Write one value where a request has its place for it."""
    key, text = key_of(variable), rendered(value, variable.type, variable.scale)
    if isinstance(value, int | Fraction):
        text = text.rstrip("0").rstrip(".") if "." in text else text
        low, high = bounds_of(variable.type)
        within = (low is None or low <= value) and (high is None or value <= high)
        small = not isinstance(variable.type, Integer | Money) or -_GIVEN_HIGH <= value <= (high or _GIVEN_HIGH)
        made.usable = made.usable and within and small and "/" not in text
    if isinstance(variable.type, Account):
        made.accounts[key] = text
        made.usable = made.usable and list(made.accounts.values()).count(text) == 1
    elif variable.role is Role.PARAMETER:
        made.arguments[key] = text
    elif variable.role is Role.OLD_CELL and isinstance(variable.type, Money):
        made.balances[key.replace(".", "_")] = text
    else:
        made.inputs[key] = text


def judge_instance(made: Instance, answer: MOEResult, watched: Sequence[Watched]) -> Iterator[Disagreement]:
    """With everything given there is one right answer, and no question is left open."""
    given = {**made.arguments, **made.balances, **made.inputs}
    if answer.consensus is Consensus.APPROVED and not made.holds:
        failing = sorted({name for step in made.steps for name in step.failing})
        yield Disagreement(WRONG_APPROVAL, f"APPROVED with {given}, but failing is {failing or 'a guard'}")
    partial = tells_apart(answer, watched)
    if answer.consensus is Consensus.REJECTED and made.holds and not partial:
        yield Disagreement(WRONG_REJECTION, f"REJECTED with {given}, but everything holds: {answer.reason}")
    if answer.consensus is Consensus.UNCERTAIN:
        yield Disagreement("open instance", f"UNCERTAIN with {given}: {answer.reason}")


def partly(made: Instance, random: Random) -> Instance:
    """The same values with some of them left out, so that these are quantified over."""
    kept = Instance(accounts=made.accounts, steps=made.steps, usable=made.usable)
    for source, target in (
        (made.arguments, kept.arguments),
        (made.balances, kept.balances),
        (made.inputs, kept.inputs),
    ):
        target.update({name: text for name, text in source.items() if random.random() < 0.6})
    return kept


def judge_partly(made: Instance, answer: MOEResult) -> Iterator[Disagreement]:
    """What is approved for all values of the names left out holds for the ones known here, inside the hypotheses."""
    inside = all(step.supposed for step in made.steps)
    failing = sorted({name for step in made.steps for name in step.failing})
    if answer.consensus is Consensus.APPROVED and inside and failing:
        given = {**made.arguments, **made.balances, **made.inputs}
        yield Disagreement(WRONG_APPROVAL, f"APPROVED with {given}, but failing can be {failing}")
