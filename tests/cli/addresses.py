"""Free ports of this machine, for meshes that must be told where to listen."""

import socket
from contextlib import ExitStack

NAMES = ("AETHEL_LISTEN", "AETHEL_Z3_ADDRESS", "AETHEL_SENTINEL_ADDRESS", "AETHEL_GUARDIAN_ADDRESS")


def free_addresses() -> dict[str, str]:
    """A different free address for every process, by the setting that names it; nothing listens there any more."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in NAMES]
        return {name: f"127.0.0.1:{one.getsockname()[1]}" for name, one in zip(NAMES, sockets, strict=True)}
