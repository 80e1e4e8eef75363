"""Why a search for a certificate ends without one; none of these leaves the package."""

from __future__ import annotations


class OutOfEffort(Exception):
    """The work allowed is spent."""


class TooLargeToCertify(Exception):
    """A polynomial, a number or a nesting beyond the limits; the message says which."""
