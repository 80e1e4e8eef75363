"""The package: what it declares is what it imports, and each part runs without what it does not ask for."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import files, packages_distributions
from pathlib import Path

import pytest

from tests.tools import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
PINNED = dict(
    line.split("==") for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if not line.startswith("#")
)
STUBS = sorted((REPOSITORY / "aethel" / "v1").glob("*_pb2*.py"))

PROVIDERS = packages_distributions()

EXTRAS = ("http", "mcp", "mesh", "otel", "postgres", "prover")

SERVICES = ("orchestrator", "z3_expert", "sentinel", "guardian", "http_face")

MESH_ONLY = ("grpc_health", "grpc_reflection", "prometheus_client")
"""Top-level modules of the extra `mesh`, which the command and the client do without."""


def distribution(requirement: str) -> str:
    """The name before the version in a requirement, normalised (PEP 503)."""
    return normal(re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0])


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras: str) -> set[str]:
    """The distributions that the core and some extras ask for."""
    optional = PROJECT["optional-dependencies"]
    return {distribution(text) for text in (*PROJECT["dependencies"], *(t for e in extras for t in optional[e]))}


def imported_modules(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports from elsewhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def needed(folder: str) -> set[str]:
    """The distributions that provide what a folder imports from outside the project and the standard library."""
    ours = sys.stdlib_module_names | {"aethel", "services"}
    modules = {
        name
        for path in (REPOSITORY / folder).rglob("*.py")
        for name in imported_modules(path)
        if name.split(".")[0] not in ours | {"google"}  # google.rpc comes with grpcio-status, which asks for it
    }
    return {normal(provider) for module in modules for provider in providers(module)}


@cache
def providers(module: str) -> set[str]:
    """The distributions that a module comes from; several share the first name of a namespace package."""
    named = set(PROVIDERS[module.split(".", maxsplit=1)[0]])
    if len(named) == 1:
        return named
    places = tuple(f"{module.replace('.', '/')}{ending}" for ending in (".py", "/__init__.py"))
    return {name for name in named if any(str(file) in places for file in files(name) or ())}


def python(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=50, check=False)


def import_without(absent: tuple[str, ...], module: str) -> subprocess.CompletedProcess[str]:
    """Import a module in a fresh interpreter where some others cannot be imported."""
    return python(f"import sys; sys.modules.update(dict.fromkeys({absent!r})); import {module}")


@pytest.mark.parametrize("folder", ["aethel", "services"])
def test_every_import_is_declared(folder: str) -> None:
    own = {"aethel"}  # the certificate checker is a module of its own beside the package
    assert needed(folder) - own <= declared(*EXTRAS)


def test_no_core_dependency_is_declared_for_nothing() -> None:
    unused = declared(*EXTRAS) - needed("aethel") - needed("services") - {"protobuf"}
    assert unused == set()


def test_every_declared_distribution_is_pinned() -> None:
    assert declared(*EXTRAS, "dev") <= {normal(name) for name in PINNED}


@pytest.mark.parametrize("module", ["aethel.wire.client", "aethel.cli.local_panel"])
def test_client_and_panel_need_no_extra(module: str) -> None:
    done = import_without(("z3", *MESH_ONLY), module)
    assert done.returncode == 0, done.stderr


def test_no_command_needs_an_extra_to_explain_itself() -> None:
    absent = ("z3", "cvc5", "pg8000", "opentelemetry", *MESH_ONLY)
    done = python(
        f"import sys; sys.modules.update(dict.fromkeys({absent!r})); "
        "from aethel.cli.main import run; sys.exit(run(['--help']))"
    )
    assert done.returncode == 0, done.stderr
    assert "aethel.cli" not in done.stderr, done.stderr
    assert "prepare" in done.stdout


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "z3_expert"])
def test_only_the_prover_needs_a_solver(service: str) -> None:
    done = import_without(("z3", "pg8000", "opentelemetry"), f"services.{service}.__main__")
    assert done.returncode == 0, done.stderr


def test_the_prover_does_need_the_solver() -> None:
    assert "import of z3 halted" in import_without(("z3",), "services.z3_expert.worker").stderr


@pytest.mark.parametrize("module", ["__main__", "wiring"])
def test_the_server_of_the_prover_loads_no_solver(module: str) -> None:
    done = import_without(("z3",), f"services.z3_expert.{module}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.name)
def test_stubs_import_on_the_oldest_runtime_declared(stub: Path) -> None:
    """Generated code refuses a runtime older than its generator, so the lower bounds are the generator's."""
    text = stub.read_text()
    lower = {distribution(line): re.findall(r">=([0-9.]+)", line) for line in PROJECT["dependencies"]}
    if stub.stem.endswith("_grpc"):
        generated = re.findall(r"GRPC_GENERATED_VERSION = '([0-9.]+)'", text)
        assert generated == lower["grpcio"]
    else:
        generated = re.findall(r"# Protobuf Python Version: ([0-9.]+)", text)
        assert generated == lower["protobuf"]


def test_the_dockerfile_knows_every_service() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    assert all(service in text for service in SERVICES)
    assert {path.parent.name for path in (REPOSITORY / "services").glob("*/__main__.py")} == set(SERVICES)
