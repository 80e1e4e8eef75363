"""The `aethel` command: the mesh on this machine, and everything a person asks of it from a terminal."""
