"""The limits of the search for certificates: each a number with its unit and its reason."""

from __future__ import annotations

DEFAULT_EFFORT = 200_000
"""Coefficients touched for one obligation: a few tenths of a second, a hundred times what a plain transfer takes."""

UNITS_PER_LOOK = 2_000
"""Coefficients touched between two looks at the deadline: a few milliseconds."""

MAXIMUM_PARTS = 500
"""Monomials of one polynomial: a quarter of what the checker takes."""

MAXIMUM_DEGREE = 16
"""Degree of a monomial: half of what the checker takes."""

MAXIMUM_BITS = 4096
"""Bits of a coefficient: far more than any amount has, far less than what the checker takes."""

MAXIMUM_DEPTH = 100
"""Branches opened within one another: the search recurses that deep."""

MAXIMUM_CUTS = 40
"""Cuts along one branch, after which only splits are tried."""
