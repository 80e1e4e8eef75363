"""Benchmarks: ratios measured in one run, against a peer or a limit; each prints a table and writes its figures."""
