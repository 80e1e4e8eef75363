"""The token of an approval, and the keys that sign it."""
