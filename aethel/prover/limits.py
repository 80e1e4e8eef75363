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

MINIMAL_SHARE = 20
"""Canonical values for one counterexample may take this part of the whole time, and one question about them as much
again: they only make an answer easier to read, and the same everywhere."""

MINIMAL_BUDGET = 2_000_000
"""Solver resource units for the canonical values of all counterexamples of one program together: some tens of what
those of a plain transfer take."""

MINIMAL_QUERY_BUDGET = 300_000
"""Solver resource units for one question on the way to canonical values."""

MINIMAL_UNDECIDED = 3
"""Questions on the way to canonical values that the solver may leave open before they are given up."""

MINIMAL_BOXES = (1, 10, 100, 1_000, 10_000, 1_000_000)
"""Magnitudes tried in order for all numbers together where a formula is not linear: within bounds it is easier."""

MINIMAL_DECIMALS = 12
"""Decimals up to which a canonical rational is sought: four more than any rate in use has."""

REPAIR_BUDGET = 10_000_000
"""Solver resource units for one suggested guard."""

REPAIR_QUERY_BUDGET = 300_000
"""Solver resource units for one question on the way to a suggested guard."""

REPAIR_TERMS = 150
"""Terms a claim may have, written out, for a guard to be made of it: what is suggested is a line of text."""

REPAIR_SPLITS = 6
"""Choices of numbers one claim is taken apart by: each may double what is left."""

REPAIR_GUARDS = 4
"""Guards one repair may add: an intent that lacks more is better written anew."""

REPAIR_TEXT_LENGTH = 160
"""Code points of one suggested guard: what a person still reads as one condition."""

CERTIFYING_EFFORT = 50_000
"""Coefficients touched in search of one certificate while a caller waits: ten times what an obligation of an ordinary
payment takes. `aethel certify make` searches longer."""

LEARNING_BUDGET = 2_000_000
"""Solver resource units for finding out whether what holds for given values holds for all: the caller has the answer
that was asked for, and waits for this once."""

REPAIR_PROOF_BUDGET = 5_000_000
"""Solver resource units for proving a repaired text as a whole: a suggestion may not cost more than the answer."""

USAGE_BUDGET = 5_000_000
"""Solver resource units for finding out which guards the proofs of one text use: a trace for people may not cost
more than a tenth of the default budget for the proofs themselves."""

USAGE_QUERY_BUDGET = 300_000
"""Solver resource units for one question about the use of a guard."""

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
