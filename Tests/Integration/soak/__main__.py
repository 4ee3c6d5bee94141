# SPDX-License-Identifier: Apache-2.0
"""`make soak`: mixed traffic for so many seconds. Exits with 1 when memory or descriptors have grown."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from .run import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    seed = arguments.seed or random.randrange(1, 1 << 31)
    print(f"seed {seed}, {arguments.seconds} s", flush=True)
    rounds = max(6, min(60, int(arguments.seconds / 6)))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        history, traffic = soak(Path(folder), arguments.seconds, seed, rounds)
    print(", ".join(f"{count} {kind}" for kind, count in sorted(traffic.visits.items())))
    print(history.table())
    growth = history.growth()
    print("\n".join(growth) if growth else "nothing has grown")
    return 1 if growth else 0


if __name__ == "__main__":
    sys.exit(main())
