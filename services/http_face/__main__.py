"""Starts the HTTP face: `python -m services.http_face`."""

import os
import sys

from services.http_face.serving import run_http


def main() -> int:
    """Serve until a signal stops it; returns the exit code."""
    return run_http(os.environ)


if __name__ == "__main__":
    sys.exit(main())
