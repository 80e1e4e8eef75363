"""Tests of the bootstrap every process stands on, with real servers and real processes."""
