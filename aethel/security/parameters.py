"""S24: no two values given with a question claim one role, and none claims a role that nobody has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from aethel.intent.confusables import skeleton
from aethel.intent.program import IntentFile
from aethel.intent.scope import spellings_before
from aethel.intent.source import quoted
from aethel.request import Question
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.transaction import MerkleProof
from aethel.verdict import Disposition, Finding


def judge_parameters(question: Question, file: IntentFile | None, tally: Tally) -> None:
    """Add the findings of S24 for what is given with a question, and state the outcome.

    Refused are a name given in two parts of the question, one state under two spellings with two values, a name that
    people or another reader would take for one that is given or declared (equal in case, normal form or shape), an
    argument that the intent does not name, arguments beside a transaction, and a field that a proof gives twice.
    Repeated and unknown fields of the messages themselves never get here: reading the request refuses them.
    """
    for message, advice in _confusions(question, file):
        tally.add(
            SecurityClass.PARAMETER_CONFUSION,
            Finding(
                code=SecurityClass.PARAMETER_CONFUSION.value,
                message=message,
                disposition=Disposition.REJECT,
                cwe=Weakness.EXTRA_PARAMETERS,
                advice=advice,
            ),
        )
    given = sum(len(values) for _, values in _parts(question))
    tally.work += given
    tally.settle(SecurityClass.PARAMETER_CONFUSION, f"{given} values are given, each for a role of its own")


def _parts(question: Question) -> tuple[tuple[str, Mapping[str, str]], ...]:
    context = question.context
    return (
        ("argument", question.arguments),
        ("account", context.accounts),
        ("input", context.inputs),
        ("balance", context.balances),
    )


def _confusions(question: Question, file: IntentFile | None) -> Iterator[tuple[str, str]]:
    """Each confusion as a message and an advice."""
    given = {name: value for _, values in _parts(question) for name, value in values.items()}
    declared = _declared(file) if given else {}
    yield from _repeated(question)
    yield from _spelled_twice(given, declared)
    yield from _alike(question, declared)
    if question.transaction is not None:
        for name in question.arguments:
            yield f"argument {quoted(name)} is given with a transaction, which has no parameters", "leave it out"
    elif file is not None:
        known = frozenset[str]().union(*declared.values())
        for name in question.arguments:
            if name not in known:
                yield f"argument {quoted(name)} names nothing in the text", "give only arguments that the text names"
    proofs = [question.transaction, *question.context.proofs]
    for proof in proofs:
        if isinstance(proof, MerkleProof):
            yield from _given_twice([name for name, _ in proof.fields])


def _repeated(question: Question) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for kind, values in _parts(question):
        for name in values:
            first = seen.setdefault(name, kind)
            if first != kind:
                yield f"{quoted(name)} is given as {first} and as {kind}, expected it once", "give each name once"


def _spelled_twice(given: Mapping[str, str], declared: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """States whose value before is given under several spellings that disagree."""
    if len(given) < 2:
        return
    for spellings in declared.values():
        spelled = sorted(spellings & given.keys())
        if len({given[name] for name in spelled}) > 1:
            names = " and ".join(quoted(name) for name in spelled)
            yield f"{names} name one state and have different values, expected one", "give each state once"


def _alike(question: Question, keys: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Names that the text does not know and that are taken for one that it knows, or that is given as well."""
    seen: dict[str, str] = {}
    for key in keys:
        shape = _shape(key)
        for spelled in spellings_before(shape):
            seen.setdefault(spelled, key)
    known = frozenset[str]().union(*keys.values())
    for kind, values in _parts(question):
        for name in values:
            if name in known:
                continue
            other = seen.setdefault(_shape(name), name)
            if other != name:
                yield f"the name of {kind} {quoted(name)} is taken for {quoted(other)}", "give each role one name"


def _given_twice(names: list[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"a proof gives {quoted(name)} twice, expected it once", "give each field once"
        seen.add(name)


def _shape(name: str) -> str:
    """What is equal for names that differ in case, normal form or letters drawn alike (UTS #39, section 4)."""
    return skeleton(unicodedata.normalize("NFKC", name).casefold())


def _declared(file: IntentFile | None) -> dict[str, frozenset[str]]:
    """The spellings of every name that a value may be given for, by the name."""
    found: dict[str, frozenset[str]] = {}
    for program in () if file is None else file.programs:
        states = (variable.name.removeprefix("old ") for variable in program.variables)
        for name in (*program.accounts, *(parameter.name for parameter in program.parameters), *states):
            if name not in found:
                found[name] = frozenset(spellings_before(name))
    return found
