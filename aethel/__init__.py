"""Aethel decides whether an intent may execute, before money moves, and shows the evidence."""

__version__ = "0.1.0"
