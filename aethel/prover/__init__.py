"""The Z3 expert: proves or refutes the obligations of an intent, and never samples."""
