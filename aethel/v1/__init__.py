"""Stubs generated from `protos/aethel/v1`; `make protos` renews them."""
