"""Tests of the adapters from formats of others."""
