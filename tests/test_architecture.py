"""Rules of the source tree that neither the linter nor import-linter can state."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tools import REPOSITORY, tool

MAX_LINES = 400
"""Beyond this a file holds more than one idea."""

ALONE = {"certificate_checker.py": 700, "token_verifier.py": 400}
"""What a stranger must be able to take away as one file, and the lines that it may have."""

SHAPELESS_NAMES = frozenset({"common", "helper", "helpers", "manager", "misc", "util", "utils"})
"""Module names that say nothing of what is inside."""

DOMAIN = (
    *(
        "structure",
        "assets",
        "policy",
        "profile",
        "terms",
        "rules",
        "verdict",
        "transaction",
        "request",
        "progress",
        "explanation",
    ),
    *("intent", "prover", "ledger", "security", "decision", "adapters"),
)
"""What decides, and what reads for it; a verdict must be a function of recorded inputs alone."""

EXACT = (*(part for part in DOMAIN if part != "security"), "store")
"""What handles money; the heuristics of `security` score text."""

TIME_UNITS = ("_s", "_ms")
"""How a name ends that may hold a float: time is measured, money is counted."""

AMBIENT_BUILTINS = frozenset({"open", "input", "print", "eval", "exec", "__import__"})
OWN_SOURCE = {"exec": "aethel/intent/compiled.py"}
"""The one place that runs source: it writes it itself, of operators and positions alone, and without builtins."""

CLOCK_READINGS = frozenset({"now", "utcnow", "today"})

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(r"""(^|["'`\s=(:])/(work|farm|root|home|tmp/aethel)/""", re.MULTILINE)
REGISTRY_ADDRESS = re.compile(
    "|".join(
        ("--(extra-)?index" + "-url", '"resolved": *"' + "http", 'registry *= *"?' + "http", "find-links" + "? *=")
    )
)


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository, those not yet committed too, without what is ignored."""
    listing = subprocess.run(
        [tool("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    named = (REPOSITORY / name for name in listing.split("\0") if name)
    return tuple(path for path in named if path.is_file())


def is_generated(path: Path) -> bool:
    return path.is_relative_to(REPOSITORY / "aethel" / "v1") and path.stem.endswith(("_pb2", "_pb2_grpc"))


def modules() -> list[Path]:
    """The Python modules that people wrote."""
    return [path for path in files() if path.suffix == ".py" and not is_generated(path)]


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(REPOSITORY)) for path in paths]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def parts_of(names: tuple[str, ...]) -> Iterator[tuple[Path, ast.Module]]:
    """Each module of the named parts of the library, parsed."""
    roots = [REPOSITORY / "aethel" / name for name in names] + [REPOSITORY / "aethel" / f"{name}.py" for name in names]
    for path in modules():
        if any(path.is_relative_to(root) for root in roots):
            yield path, parsed(path)


def place(path: Path, node: ast.expr) -> str:
    return f"{path.relative_to(REPOSITORY)}:{node.lineno}"


def test_the_whole_library_is_read() -> None:
    assert {"pyproject.toml", "Makefile"} <= {path.name for path in files()}
    assert len(modules()) > 20
    assert {path.name for path, _ in parts_of(DOMAIN)} >= {"verdict.py", "transaction.py", "request.py"}


def test_every_module_opens_with_a_sentence() -> None:
    def opens_with_a_sentence(path: Path) -> bool:
        first = (ast.get_docstring(parsed(path)) or "").split("\n\n")[0]
        return first.endswith((".", "?"))

    assert named([path for path in modules() if not opens_with_a_sentence(path)]) == []


def test_no_module_is_longer_than_one_idea() -> None:
    def is_long(path: Path) -> bool:
        most = ALONE.get(str(path.relative_to(REPOSITORY)), MAX_LINES)
        return len(path.read_text(encoding="utf-8").splitlines()) > most

    assert named([path for path in modules() if is_long(path)]) == []


def test_every_module_is_named_for_what_it_holds() -> None:
    shapeless = [path for path in modules() if {path.stem, path.parent.name} & SHAPELESS_NAMES]
    assert named(shapeless) == []


def test_the_domain_touches_nothing_around_it() -> None:
    ambient = [
        place(path, node)
        for path, tree in parts_of(DOMAIN)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in AMBIENT_BUILTINS
        and OWN_SOURCE.get(node.func.id) != str(path.relative_to(REPOSITORY))
    ]
    assert ambient == []


def test_the_domain_reads_no_clock() -> None:
    readings = [
        place(path, node)
        for path, tree in parts_of(DOMAIN)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_READINGS
    ]
    assert readings == []


def measures_time(statement: ast.AST) -> bool:
    """Whether a statement gives a value to names that all end in a unit of time."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return False
    names = [ast.unparse(target).lower() for target in targets]
    return all(name.endswith(TIME_UNITS) for name in names)


def makes_a_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "float"
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def test_what_handles_money_has_floats_for_time_alone() -> None:
    floats = []
    for path, tree in parts_of(EXACT):
        timed = {part for node in ast.walk(tree) if measures_time(node) for part in ast.walk(node)}
        others = (node for node in ast.walk(tree) if isinstance(node, ast.expr) and node not in timed)
        floats += [place(path, node) for node in others if makes_a_float(node)]
    assert floats == []


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_ADDRESS], ids=["machine path", "registry address"])
def test_no_file_names_the_machine_it_was_written_on(pattern: re.Pattern[str]) -> None:
    texts = [path for path in files() if b"\0" not in path.read_bytes()]
    found = [path for path in texts if pattern.search(path.read_text(encoding="utf-8", errors="replace"))]
    assert named(found) == []
