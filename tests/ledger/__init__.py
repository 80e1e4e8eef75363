"""Tests of the exact financial checks."""
