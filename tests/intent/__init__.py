"""Tests of the intent language."""
