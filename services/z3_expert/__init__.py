"""The process of the Z3 expert, which proves or refutes the obligations of an intent."""
