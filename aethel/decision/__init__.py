"""The decision: which experts must look, and what their verdicts together mean; pure, without transport or checks."""
