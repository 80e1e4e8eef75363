"""The audit log as values: records in one hash chain per writer, roots over what was written together, and checks."""
