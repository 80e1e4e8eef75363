"""The process of the Guardian, which checks that money is conserved, exactly."""
