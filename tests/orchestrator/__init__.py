"""Tests of the orchestrator, with real processes."""
