"""Tests of the clients of the mesh: credentials, book, limits, line and gate."""
