"""Tests of the `aethel` command."""
