"""The processes of the mesh: transport and wiring, one folder each."""

import os

# gRPC's core writes lines of its own between the structured ones on standard error. It reads this once, when it is
# loaded, so it must stand here, before any process imports it.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
