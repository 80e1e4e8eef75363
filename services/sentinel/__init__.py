"""The process of the Sentinel, which reads texts for what is meant to deceive people, programs or models."""
