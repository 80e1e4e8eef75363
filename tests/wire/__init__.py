"""Tests of the contract, its conversions, the servicer and the clients."""
