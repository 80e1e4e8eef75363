"""The Sentinel: what a text may hide, how much work it may cause, and what it may carry to another system."""
