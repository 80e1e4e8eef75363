"""Differential testing: prover, interpreter, Guardian and intended meaning must agree on random programs."""
