"""Tests of the Sentinel."""
