# SPDX-License-Identifier: Apache-2.0
"""`make chaos`: storms one after the other until the time is over. Prints the seed, and a table of what was seen."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from .installation import LINES, install, install_chaos
from .killer import MOVES, STOP, Killer
from .rates import LONG, LONGEST_WAIT, LONGEST_WAIT_STOPPED
from .storm import storm
from .swapper import Swapper
from .table import Row, table

# How many times as long as without swaps the p99 of any kind of exchange may be.
MOST_SLOWED = 2.0
# Versions of the plugin that is swapped; it starts with the newest.
OLDEST, NEWEST = "1.0.0", "1.1.0"


def main() -> int:
    arguments = _arguments()
    seed = arguments.seed or random.randrange(1, 1 << 31)
    print(f"seed {seed}, {arguments.seconds} s", flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="chaos-") as scratch:
        folder = Path(scratch)
        plugins = install(folder / "plugins", folder)
        install_chaos(LINES, plugins, folder, NEWEST)
        end = time.monotonic() + arguments.seconds
        while not rows or time.monotonic() < end:
            instances = arguments.instances[len(rows) % len(arguments.instances)]
            row = Row(seed + len(rows), instances)
            rows.append(row)
            place = folder / f"storm-{len(rows)}"
            place.mkdir()
            # Swaps take as long as they take, and come first.
            seconds = min(30.0, max(5.0, end - time.monotonic()))
            swaps = arguments.swaps if len(rows) == 1 else 0
            _storm(row, plugins, place, arguments.moves, swaps, seconds)
            print(row.problem or f"storm {len(rows)}: no client saw anything", flush=True)
    print(table(rows))
    failed = sum(bool(row.problem) for row in rows)
    if failed:
        print(f"{failed} of {len(rows)} storms failed; once more: make chaos SEED={seed}")
    return 1 if failed else 0


def _storm(
    row: Row, plugins: Path, place: Path, moves: tuple[str, ...], swaps: int, seconds: float
) -> None:
    try:
        with storm(plugins, place, row.seed, row.instances) as running:
            if swaps:
                row.quiet = running.load()
                asyncio.run(running.blow(row.quiet, seconds=seconds))
            row.load = running.load()
            if swaps:
                row.swapper = Swapper(running.gateway, LINES, (NEWEST, OLDEST), swaps)
                asyncio.run(running.blow(row.load, row.swapper))
            else:
                row.killer = Killer(running.gateway, row.seed, LONG, tuple(moves))
                asyncio.run(running.blow(row.load, row.killer, seconds=seconds))
        stands_still = row.killer is not None and row.killer.moves[STOP] > 0
        limit = LONGEST_WAIT_STOPPED if stands_still else LONGEST_WAIT
        assert row.load.longest_wait < limit, f"a client waited: {row.load.longest_wait_was}"
        slowed = {kind: ratio for kind, ratio in row.slowed.items() if ratio > MOST_SLOWED}
        assert not slowed, f"p99 during swaps, in times that without: {slowed}"
    except (AssertionError, ExceptionGroup) as error:
        texts = "\n".join(map(str, _leaves(error)))
        row.problem = f"seed {row.seed}, {row.instances} instances: {texts}"


def _leaves(error: BaseException) -> list[BaseException]:
    """What a group was made of."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for part in error.exceptions for leaf in _leaves(part)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one")
    parser.add_argument(
        "--swaps", type=int, default=0, help="swaps in the first storm, after a time without"
    )
    parser.add_argument("--instances", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument(
        "--moves", nargs="+", choices=[*MOVES, STOP], default=[*MOVES, *MOVES, STOP]
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
