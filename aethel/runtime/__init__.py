"""The small bootstrap every process of the mesh stands on: settings, server, faults, deadlines, metrics, logs."""
