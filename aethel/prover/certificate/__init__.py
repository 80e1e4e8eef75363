"""Certificates: proofs of linear obligations that a stranger checks without this package."""
