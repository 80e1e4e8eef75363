"""A process with a busy pool: says on stdout which processes belong to it, and waits to be killed."""

import sys
import threading

from aethel.runtime.worker_pool import WorkerPool
from tests.runtime.pools import PATIENCE_MS, plan, until


def main() -> None:
    """Keep two workers in a loop."""
    pool = WorkerPool(plan(2))
    pool.start()
    pool.wait_until_warm(PATIENCE_MS)
    parent = pool.run("parent", PATIENCE_MS)
    for _ in range(2):
        threading.Thread(target=pool.run, args=("loop", PATIENCE_MS * 10), daemon=True).start()
    until(lambda: pool.counts().busy == 2 and pool.counts().idle == 1)
    sys.stdout.write(f"{parent} {' '.join(map(str, pool.processes()))}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
