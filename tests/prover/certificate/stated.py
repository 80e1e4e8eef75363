"""The statement of a certificate as formulas of Z3, made from the file alone without prover and checker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add, eq, le, lt, mul
from typing import Any

import z3

Row = Sequence[Any]

RLIMIT = 3_000_000
"""Work for one question: enough for every linear statement of the corpus."""


def is_shown(document: dict[str, Any]) -> bool:
    """Whether Z3 too finds that every obligation with a proof cannot fail, and every other can hold at its values."""
    return all(
        answer(program, obligation) == (z3.unsat if "proof" in obligation else z3.sat)
        for program in document["programs"]
        for obligation in program["obligations"]
    )


def answer(program: dict[str, Any], obligation: dict[str, Any]) -> Any:
    """Whether the statement can fail (`z3.sat`), cannot (`z3.unsat`), or Z3 does not know; or whether it can hold."""
    solver = z3.Solver(ctx=z3.Context())
    solver.set("rlimit", RLIMIT)
    formulas = _Formulas(program, solver)
    for assumed in obligation["assume"]:
        solver.add(formulas.terms[assumed])
    claim = formulas.terms[obligation["claim"]]
    solver.add(z3.Not(claim) if "proof" in obligation else claim)
    for variable, value in zip(formulas.variables, obligation.get("values", ()), strict=False):
        solver.add(variable == formulas.given(value))
    return solver.check()


class _Formulas:
    def __init__(self, program: dict[str, Any], solver: Any) -> None:
        self.solver = solver
        self.context = solver.ctx
        self.texts: dict[str, int] = {}
        self.variables = [self.unknown(f"v{place}", sort) for place, (_, sort) in enumerate(program["variables"])]
        self.terms: list[Any] = []
        for row in program["terms"]:
            self.terms.append(self.formula(row))

    def given(self, value: Any) -> Any:
        """A value in a certificate, as Z3 writes it."""
        if isinstance(value, bool):
            return z3.BoolVal(value, self.context)
        if isinstance(value, list):
            return z3.RealVal(f"{value[0]}/{value[1]}", self.context)
        row = ["text", value] if isinstance(value, str) else ["integer", value]
        return self.formula(row)

    def unknown(self, name: str, sort: str) -> Any:
        made = {"truth": z3.Bool, "rational": z3.Real}.get(sort, z3.Int)
        return made(name, self.context)

    def formula(self, row: Row) -> Any:
        op, *numbers = row
        if op == "variable":
            return self.variables[numbers[0]]
        if op == "truth":
            return z3.BoolVal(numbers[0] == 1, self.context)
        if op == "text":
            return z3.IntVal(self.texts.setdefault(numbers[0], len(self.texts)), self.context)
        if op == "integer":
            return z3.IntVal(numbers[0], self.context)
        if op == "fraction":
            return z3.RealVal(f"{numbers[0]}/{numbers[1]}", self.context)
        return self.applied(op, [self.terms[number] for number in numbers])

    def applied(self, op: str, args: list[Any]) -> Any:
        if op in ("and", "or", "not"):
            return {"and": z3.And, "or": z3.Or, "not": z3.Not}[op](*args)
        if op == "ite":
            return z3.If(args[0], *_alike(args[1:]))
        if op == "is_int":
            return z3.IsInt(_real(args[0]))
        if op == "neg":
            return -args[0]
        binary: dict[str, Callable[[Any, Any], Any]] = {"==": eq, "<": lt, "<=": le, "+": add, "*": mul}
        if op in binary:
            return reduce(binary[op], args if z3.is_bool(args[0]) else _alike(args))
        return self.divided(op, _real(args[0]), _real(args[1]))

    def divided(self, op: str, left: Any, right: Any) -> Any:
        exact = z3.If(right == 0, z3.RealVal(0, self.context), left / right)
        floor = z3.ToInt(exact)
        if op == "/":
            return exact
        if op == "floor_div":
            return floor
        if op == "%":
            return z3.If(right == 0, z3.RealVal(0, self.context), left - right * floor)
        if op == "ceil_div":
            return -z3.ToInt(-exact)
        above = exact - floor - z3.Q(1, 2, self.context)
        up = z3.Or(above > 0, z3.And(above == 0, floor % 2 == 1))
        return z3.If(up, floor + 1, floor)


def _real(value: Any) -> Any:
    return z3.ToReal(value) if z3.is_int(value) else value


def _alike(values: list[Any]) -> list[Any]:
    if any(z3.is_real(value) for value in values):
        return [_real(value) for value in values]
    return values
