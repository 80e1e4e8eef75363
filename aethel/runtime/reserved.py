"""Names that a later release gives a meaning: accepted only where the value asks for nothing this release lacks."""

from collections.abc import Mapping
from dataclasses import dataclass

from aethel.runtime.declaration import quoted


@dataclass(frozen=True, slots=True)
class Reserved:
    """A known name without its feature: the one value that needs no feature, and what every other would need."""

    name: str
    harmless: str
    missing: str


RESERVED = (
    Reserved("AETHEL_MOE_ENABLED", "true", "an existing system to hand requests to when the mesh is switched off"),
    Reserved("AETHEL_MOE_SHADOW_MODE", "false", "shadow mode"),
    Reserved("AETHEL_MOE_TRAFFIC_PERCENTAGE", "100", "splitting traffic between the mesh and an existing system"),
    Reserved("AETHEL_VERDICT_CACHE_ENABLED", "false", "the verdict cache"),
    Reserved("AETHEL_VERDICT_CACHE_TTL", "0", "the verdict cache"),
    Reserved("AETHEL_TELEMETRY_DB_PATH", "off", "the telemetry store"),
    Reserved("AETHEL_TRAINING_DB_PATH", "off", "the store of ground truth"),
    Reserved("AETHEL_Z3_TIMEOUT_CRISIS", "off", "crisis mode"),
    Reserved("TRAFFIC_SPLIT", "0", "canary versions"),
    Reserved("ROLLBACK_ON_FAILURE", "false", "automatic rollback"),
    Reserved("WORKERS", "1", "several worker processes behind one address"),
)


def reserved_problems(environ: Mapping[str, str]) -> list[str]:
    """A sentence for every reserved variable that is set to a value whose feature is missing."""
    return [
        f"{reserved.name} is {quoted(environ[reserved.name])}, expected `{reserved.harmless}` or nothing, "
        f"since this release lacks {reserved.missing}"
        for reserved in RESERVED
        if environ.get(reserved.name, reserved.harmless) != reserved.harmless
    ]
