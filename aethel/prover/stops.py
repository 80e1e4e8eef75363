"""Why work on a question is given up; none of these ever leaves the prover."""

from __future__ import annotations


class DeadlinePassed(Exception):
    """No time is left."""


class Unmodelled(Exception):
    """The encoding lacks what the intent says; the message says what, for people."""
