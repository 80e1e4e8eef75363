"""Kubernetes objects as the deployment tests read them: the rendered base, and the chart with other values."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.tools import REPOSITORY, tool

CHART = REPOSITORY / "k8s" / "chart"
BASE = REPOSITORY / "k8s" / "base"

KUBERNETES_VERSIONS = ("1.25.0", "1.37.0")
"""The oldest and the newest version whose schemas kubernetes-validate carries; all of them know gRPC probes."""

Object = Mapping[str, Any]
"""One Kubernetes object as YAML gives it."""


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run helm, whatever its exit code."""
    return subprocess.run([tool("helm"), *arguments], capture_output=True, text=True, timeout=30, check=False)


def render(values: Mapping[str, Any], folder: Path, release: str = "aethel") -> tuple[Object, ...]:
    """The chart's objects under some values."""
    overrides = folder / "values.yaml"
    overrides.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    done = helm("template", release, str(CHART), "--values", str(overrides))
    assert done.returncode == 0, done.stderr
    return parse(done.stdout)


def base() -> tuple[Object, ...]:
    """The objects of k8s/base."""
    return tuple(found for path in base_files() for found in parse(path.read_text(encoding="utf-8")))


def base_files() -> tuple[Path, ...]:
    """The files of k8s/base that hold objects, by name."""
    return tuple(sorted(path for path in BASE.glob("*.yaml") if path.name != "kustomization.yaml"))


def parse(text: str) -> tuple[Object, ...]:
    """The objects of a YAML stream."""
    return tuple(document for document in yaml.safe_load_all(text) if document is not None)


def of_kind(objects: tuple[Object, ...], kind: str) -> dict[str, Object]:
    """The objects of one kind by name."""
    return {found["metadata"]["name"]: found for found in objects if found["kind"] == kind}


def pod(deployment: Object) -> Any:
    """The pod's specification in a Deployment."""
    return deployment["spec"]["template"]["spec"]


def container(deployment: Object) -> Any:
    """The one container of a Deployment."""
    (only,) = pod(deployment)["containers"]
    return only


def environ(deployment: Object) -> dict[str, str]:
    """The environment variables of the one container."""
    return {variable["name"]: variable["value"] for variable in container(deployment)["env"]}
