# SPDX-License-Identifier: Apache-2.0
"""`make chaos`: storms one after the other until the time is over. Prints the seed, and a table of what was seen."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from .installation import install
from .killer import MOVES, STOP, Killer
from .rates import LONG, LONGEST_WAIT, LONGEST_WAIT_STOPPED
from .storm import storm
from .table import Row, table


def main() -> int:
    arguments = _arguments()
    seed = arguments.seed or random.randrange(1, 1 << 31)
    print(f"seed {seed}, {arguments.seconds} s", flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="chaos-") as scratch:
        folder = Path(scratch)
        plugins = install(folder / "plugins", folder)
        end = time.monotonic() + arguments.seconds
        while not rows or time.monotonic() < end:
            instances = arguments.instances[len(rows) % len(arguments.instances)]
            place = folder / f"storm-{len(rows)}"
            place.mkdir()
            left = min(30.0, max(5.0, end - time.monotonic()))
            row = _storm(plugins, place, seed + len(rows), instances, arguments.moves, left)
            rows.append(row)
            print(row.problem or f"storm {len(rows)}: no client saw anything", flush=True)
    print(table(rows))
    failed = sum(bool(row.problem) for row in rows)
    if failed:
        print(f"{failed} of {len(rows)} storms failed; once more: make chaos SEED={seed}")
    return 1 if failed else 0


def _storm(
    plugins: Path, place: Path, seed: int, instances: int, moves: tuple[str, ...], seconds: float
) -> Row:
    row = Row(seed, instances)
    try:
        with storm(plugins, place, seed, instances) as running:
            row.killer = Killer(running.gateway, seed, LONG, moves)
            row.load = running.load()
            asyncio.run(running.blow(row.load, row.killer, seconds=seconds))
        limit = LONGEST_WAIT_STOPPED if row.killer.moves[STOP] else LONGEST_WAIT
        assert row.load.longest_wait < limit, f"a client waited: {row.load.longest_wait_was}"
    except (AssertionError, ExceptionGroup) as error:
        row.problem = f"seed {seed}, {instances} instances: {error}"
    return row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one")
    parser.add_argument("--instances", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument(
        "--moves", nargs="+", choices=[*MOVES, STOP], default=[*MOVES, *MOVES, STOP]
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
