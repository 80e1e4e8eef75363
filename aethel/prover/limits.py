"""The limits of the prover: each a number with its unit and its reason."""

from __future__ import annotations

DEFAULT_BUDGET = 50_000_000
"""Solver resource units for one question that names no budget: five to fifteen seconds of nonlinear search, a hundred
thousand times what an obligation of a plain transfer takes."""

FIRST_ROUND_BUDGET = 1_000_000
"""Solver resource units for one obligation in the first round: about a tenth of a second. Every easy obligation is
decided before a hard one may spend what is left."""

QUICK_SHARE = 4
"""The first round may take this part of the whole time for one obligation: where numbers are long, a resource unit can
take a thousand times longer than elsewhere."""

SHRINK_SHARE = 20
"""An attempt to find smaller numbers may take this part of the whole time: it only makes an answer easier to read."""

SHRINK_BUDGET = 300_000
"""Solver resource units for one attempt to find smaller numbers for a counterexample already found."""

SHRINK_BOUNDS = (1, 10, 100, 1_000, 10_000, 1_000_000)
"""Magnitudes tried in order for all numbers of a counterexample together: people read small numbers."""

MAXIMUM_BITS = 4096
"""Bits of any exact number the prover computes or encodes, numerator and denominator each: sixteen times the widest
sized type, and far below what Python refuses to print. Repeated squaring would otherwise double it at every line."""

MAXIMUM_PARTS = 20_000
"""Arguments of one flattened sum or product: twice the stores of the longest intent. Flattening `b = a + a` doubles
them at every line."""

MAXIMUM_DEGREE = 16
"""Degree of a monomial the encoding takes; beyond it the solver's memory is no longer bounded by its budget."""

NODES_PER_LOOK = 256
"""Terms built between two looks at the deadline: a fraction of a millisecond of work."""
