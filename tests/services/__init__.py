"""Tests of what only one process has."""
