"""Tests of the client, against a real mesh."""
