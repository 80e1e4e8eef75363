"""The processes of the mesh: transport and wiring, one folder each."""
