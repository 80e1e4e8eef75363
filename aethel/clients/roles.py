"""Which role each method asks for; a method that is not here is for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aethel.runtime.caller import Role

_VERIFICATION = "/aethel.v1.VerificationService/"

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        **{
            f"{_VERIFICATION}{name}": Role.VERIFY
            for name in ("Verify", "VerifyBatch", "VerifyStream", "Watch", "Prepare", "Explain", "GetResult")
        },
        **{f"{_VERIFICATION}{name}": Role.SETTLE for name in ("Settle", "Release")},
        f"{_VERIFICATION}Replay": Role.OPERATE,
    }
)
"""The role of each method of the contract."""

_SERVICES: Mapping[str, Role] = MappingProxyType(
    {
        "/aethel.v1.RolloutService/": Role.OPERATE,
        "/aethel.v1.TelemetryService/": Role.OPERATE,
        "/aethel.v1.ReviewService/": Role.REVIEW,
    }
)
"""The role of every method of a service."""

_REFLECTION = "/grpc.reflection."
"""What the contract is may be known to every client."""

PROVING = frozenset(
    f"{_VERIFICATION}{name}"
    for name in ("Verify", "VerifyBatch", "VerifyStream", "Watch", "Prepare", "Explain", "Replay")
)
"""The methods that may put a solver to work."""


def may_call(roles: frozenset[Role], method: str) -> bool:
    """Whether a client of these roles may call a method."""
    role = ROLES.get(method) or next((role for prefix, role in _SERVICES.items() if method.startswith(prefix)), None)
    return role in roles if role is not None else method.startswith(_REFLECTION)
