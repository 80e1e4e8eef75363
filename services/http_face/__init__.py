"""The HTTP face: JSON over HTTP in front of the orchestrator, without state, keys or privileges of its own."""
