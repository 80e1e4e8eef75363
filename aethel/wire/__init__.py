"""Where domain values meet the wire: conversions, JSON rows, the generic servicer and the remote clients."""
