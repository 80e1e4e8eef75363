"""The orchestrator: the one process callers talk to, which asks the experts and answers for the mesh."""
