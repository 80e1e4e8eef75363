"""Compiled terms and skeletons held against evaluation and the reference interpreter, on states, with no solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from aethel.intent.compiled import CompiledHypotheses, NotCompiled, Reason, compile_conditions
from aethel.intent.evaluation import evaluate
from aethel.intent.interpreter import run
from aethel.intent.obligations import Aspect, Kind, Obligation, obligations
from aethel.intent.program import Program, Role
from aethel.intent.reading import Reading, read
from aethel.intent.replay import one_unit
from aethel.intent.skeleton import Skeleton, lift
from aethel.intent.skeleton_key import Skeletons
from aethel.intent.terms import Term, Value
from tests.fuzz.states import State, sampled

_SATISFIABLE = (Kind.NON_VACUOUS, Kind.CONSISTENT)


def examine_text(text: str, seed: int, states: int = 20) -> list[str]:
    """Everything that compiled terms and the skeleton of a text get wrong on random states; empty for what is refused.

    Deterministic in its arguments, and no solver runs: made for very many texts.
    """
    reading = read(text.encode())
    if reading.file is None:
        return []
    random = Random(seed)
    listed = obligations(reading.file)
    found: list[str] = []
    for position, program in enumerate(reading.file.programs):
        roots = roots_of(program, [each for each in listed if each.program == position])
        tried = sampled(program, roots, states, random)
        found += compiled_differences(reading, position, roots, tried)
    return found + list(skeleton_differences(reading, states, random))


def roots_of(program: Program, listed: Sequence[Obligation]) -> list[Term]:
    """Everything of a program that has a value, with the terms of its obligations."""
    found = [*(guard.term for guard in program.guards), *(cell.after for cell in program.cells)]
    for obligation in listed:
        if obligation.neutrality is None:
            found += [*obligation.assumptions, obligation.claim]
    return list(dict.fromkeys(found))


def compiled_differences(
    reading: Reading, position: int, roots: Sequence[Term], states: Sequence[State]
) -> Iterator[str]:
    """Where compiled terms are not what evaluation gives, or compiled guards not what the interpreter says."""
    assert reading.file is not None
    program = reading.file.programs[position]
    names = [variable.name for variable in program.variables]
    try:
        compiled, hypotheses = compile_conditions(roots, names), CompiledHypotheses(program)
    except NotCompiled:
        return
    rows = [tuple(state[name] for name in hypotheses.names) for state in states]
    many = hypotheses.first_false_many(list(zip(*rows, strict=True)))
    for state, row in zip(states, many, strict=True):
        values = compiled(*(state[name] for name in names))
        for root, value in zip(roots, values, strict=True):
            if value != evaluate(root, state):
                yield f"`{root}` is {value} when compiled, {evaluate(root, state)} when evaluated in {state}"
        expected = first_false(hypotheses, state)
        for way, got in (("one", hypotheses.first_false(state)), ("many", row), ("all", hypotheses.partly(state)[0])):
            if got != expected:
                yield f"the first false of {way} is {got}, expected {expected} in {state}"
        yield from _guards_run(reading, position, hypotheses, state)


def first_false(hypotheses: CompiledHypotheses, state: State) -> int | None:
    """The first false hypothesis by evaluating each."""
    truths = (evaluate(found.term, state) for found in hypotheses.hypotheses)
    return next((index for index, truth in enumerate(truths) if not truth), None)


def _guards_run(reading: Reading, position: int, hypotheses: CompiledHypotheses, state: State) -> Iterator[str]:
    """The first guard that is false when the reference interpreter runs it, where no earlier hypothesis is."""
    assert reading.file is not None
    program = reading.file.programs[position]
    guards = [index for index, found in enumerate(hypotheses.hypotheses) if found.reason is Reason.GUARD]
    got = hypotheses.first_false(state)
    if got is not None and got < guards[0]:
        return
    before, arbitrary = one_unit(program, state)
    ran = run(reading.analysed[position], dict(program.scales), before, arbitrary)
    held = [truth and index not in ran.undefined for index, truth in enumerate(ran.guards)]
    expected = next((guards[index] for index, truth in enumerate(held) if not truth), None)
    if (got if got in guards else None) != expected:
        yield f"the first false guard is {got} when compiled, {expected} when run in {state}"


def skeleton_differences(reading: Reading, states: int, random: Random) -> Iterator[str]:
    """Where a skeleton with the literals of another text is not the program of that text."""
    skeleton = lift(reading)
    if skeleton is None:
        return
    known: Skeletons[Skeleton] = Skeletons(1)
    known.put(skeleton.key, skeleton)
    for _ in range(2):
        wanted = {each.name: _like(each.value, random) for each in skeleton.literals}
        text = skeleton.text(wanted)
        match = known.match(text)
        if match is None or skeleton.values(match[1]) != wanted:
            yield f"the text with {wanted} does not match its skeleton"
            continue
        yield from _instance_differences(skeleton, wanted, read(text), states, random)


def _like(value: int, random: Random) -> int:
    """A value of as many digits, so that everything else of the text stays where it is; sometimes the value itself."""
    if random.random() < 0.3:
        return value
    digits = len(str(value))
    return random.randrange(10 ** (digits - 1) if digits > 1 else 0, 10**digits)


def _instance_differences(
    skeleton: Skeleton, literals: dict[str, int], other: Reading, states: int, random: Random
) -> Iterator[str]:
    lifted, listed = skeleton.file.programs, obligations(skeleton.file)
    for position, program in enumerate(lifted):
        hypotheses = CompiledHypotheses(program, skeleton.conditions[position])
        own = {name: value for name, value in literals.items() if name in hypotheses.names}
        first, _ = hypotheses.partly(own)
        if first is not None and hypotheses.hypotheses[first].reason is Reason.LITERAL:
            return
        if other.file is None:
            yield f"the text with {literals} is refused: {other.findings[0].message}"
            return
        plain = other.file.programs[position]
        theirs = [each for each in obligations(other.file) if each.program == position]
        ours = [each for each in listed if each.program == position]
        shape = _shape(plain), _shape(program)
        if shape[0] != shape[1]:
            yield f"the program is {shape[0]}, its skeleton {shape[1]}"
        told = {cell.name for cell in program.cells if not cell.secret}
        if any(cell.secret and cell.name in told for cell in plain.cells):
            # The other way round is no fault: a branch that no literal of this text takes may tell a secret.
            yield "a cell is secret, and not so in the skeleton"
        ids = {each.id for each in theirs} - {each.id for each in ours}
        if ids:
            yield f"{sorted(ids)} are no obligations of the skeleton"
        roots = roots_of(plain, theirs)
        for state in sampled(plain, roots, states, random):
            whole: State = {**state, **own}
            expected, got = _seen(plain, theirs, state), _seen(program, ours, whole)
            if expected != got:
                yield f"with {literals} in {state}: the text gives {expected}, its skeleton {got}"


def _shape(program: Program) -> tuple[object, ...]:
    """What literals never change: variables, cells, scales, widths, and that no constant is too wide."""
    variables = tuple(
        (found.name, found.role, found.type, found.scale)
        for found in program.variables
        if not (found.role is Role.FREE and "#" in found.name)
    )
    cells = tuple((cell.name, cell.type, cell.scale, cell.written) for cell in program.cells)
    return variables, cells, program.scales, len(program.constants), program.accounts, program.settings


def _seen(program: Program, listed: Sequence[Obligation], state: State) -> tuple[object, ...]:
    """Guards, values after, and the places where an obligation fails, by evaluation."""
    guards = tuple(evaluate(guard.term, state) for guard in program.guards)
    after: tuple[Value, ...] = tuple(evaluate(cell.after, state) for cell in program.cells)
    failing = {
        _place(each)
        for each in listed
        if each.kind not in _SATISFIABLE
        and each.neutrality is None
        and not evaluate(each.claim, state)
        and all(evaluate(assumption, state) for assumption in each.assumptions)
    }
    satisfied = tuple(
        all(evaluate(assumption, state) for assumption in each.assumptions)
        for each in listed
        if each.kind in _SATISFIABLE
    )
    return guards, after, failing, satisfied


def _place(obligation: Obligation) -> tuple[object, ...]:
    if obligation.kind is not Kind.IN_RANGE:
        return (obligation.id,)
    subject = obligation.subject if obligation.aspect is Aspect.STORE else ""
    return obligation.aspect, obligation.span.start, subject
