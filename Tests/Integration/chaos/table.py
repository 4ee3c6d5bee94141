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
    # The same load, without a disturbance.
    quiet: Load | None = None
    load: Load | None = None
    killer: Killer | None = None
    swapper: Swapper | None = None
    problem: str = ""

    @property
    def slowed(self) -> dict[str, float]:
        """The p99 of the waits of each kind, in times that without the disturbance."""
        if not self.quiet or not self.load:
            return {}
        quiet = {kind: p99(tally.waits) for kind, tally in self.quiet.tallies.items()}
        return {kind: p99(tally.waits) / quiet[kind] for kind, tally in self.load.tallies.items()}


def table(rows: list[Row]) -> str:
    lines = [
        f"{'seed':>10} {'pool':>4} {'kind':<10} {'exchanges':>9} {'pieces':>8} "
        f"{'wait p50':>9} {'wait p99':>9} {'longest':>9}  disturbed by"
    ]
    for row in rows:
        if row.quiet:
            lines += _lines(row, row.quiet, "nothing")
        if row.load:
            lines += _lines(row, row.load, _disturbance(row))
        if row.slowed:
            times = ", ".join(f"{kind} {times:.2f}" for kind, times in sorted(row.slowed.items()))
            lines.append(f"p99 in times that without: {times}")
    return "\n".join(lines)


def _lines(row: Row, load: Load, disturbance: str) -> list[str]:
    lines = []
    for kind, tally in sorted(load.tallies.items()):
        lines.append(
            f"{row.seed:>10} {row.instances:>4} {kind:<10} {tally.exchanges:>9} "
            f"{tally.pieces:>8} {_ms(statistics.median(tally.waits))} "
            f"{_ms(p99(tally.waits))} {_ms(max(tally.waits))}  {disturbance}"
        )
        disturbance = ""
    return lines


def p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)]


def _disturbance(row: Row) -> str:
    if row.killer:
        moves = ", ".join(f"{count} x {move}" for move, count in row.killer.moves.items())
        return f"{sum(row.killer.killed.values())} kills: {moves}"
    if row.swapper and row.swapper.seconds:
        seconds = row.swapper.seconds
        return f"{len(seconds)} swaps, {_ms(statistics.median(seconds)).strip()} each"
    return "nothing"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:>6.1f} ms"
