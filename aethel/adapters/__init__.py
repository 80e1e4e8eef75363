"""Reads payment formats of others into questions: pure functions from bytes to structured transactions or errors."""
