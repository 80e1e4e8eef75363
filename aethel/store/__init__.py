"""Durable state: the life of every id, what is reserved and spent, and the one transaction that changes it."""
