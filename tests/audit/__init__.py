"""Tests of the audit log as values."""
