"""The tests; `tests.tools` finds the programs that some of them need."""
