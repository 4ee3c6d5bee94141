# SPDX-License-Identifier: Apache-2.0
"""The table that `make chaos` ends with: a line for each kind of exchange in each storm."""

import statistics
from dataclasses import dataclass

from .killer import Killer
from .load import Load
from .swapper import Swapper


@dataclass
class Row:
    """One storm; `problem` is empty when all that was claimed was true."""

    seed: int
    instances: int
    load: Load | None = None
    killer: Killer | None = None
    swapper: Swapper | None = None
    problem: str = ""


def table(rows: list[Row]) -> str:
    lines = [
        f"{'seed':>10} {'pool':>4} {'kind':<10} {'exchanges':>9} {'pieces':>8} "
        f"{'wait p50':>9} {'wait p99':>9} {'longest':>9}  disturbed by"
    ]
    for row in rows:
        disturbance = _disturbance(row)
        for kind, tally in sorted(row.load.tallies.items()) if row.load else []:
            waits = sorted(tally.waits)
            lines.append(
                f"{row.seed:>10} {row.instances:>4} {kind:<10} {tally.exchanges:>9} "
                f"{tally.pieces:>8} {_ms(statistics.median(waits))} "
                f"{_ms(waits[int(len(waits) * 0.99)])} {_ms(waits[-1])}  {disturbance}"
            )
            disturbance = ""
    return "\n".join(lines)


def _disturbance(row: Row) -> str:
    if row.killer:
        moves = ", ".join(f"{count} x {move}" for move, count in row.killer.moves.items())
        return f"{sum(row.killer.killed.values())} kills: {moves}"
    if row.swapper and row.swapper.seconds:
        seconds = row.swapper.seconds
        return f"{len(seconds)} swaps, {_ms(statistics.median(seconds)).strip()} each"
    return "nothing"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:>6.0f} ms"
