"""One suite for every expert: in process and over the wire it gives the same verdict."""
