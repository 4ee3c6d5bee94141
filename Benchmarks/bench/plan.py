# SPDX-License-Identifier: Apache-2.0
"""How long and how often; the whole run stays under six minutes, the quick one under 90 seconds."""

from dataclasses import dataclass

# Connections of the throughput measurements.
LEVELS = (16, 128)

STREAMS = 16
PIECES = 64
INTERVAL_US = 20_000


@dataclass(frozen=True)
class Plan:
    rounds: int
    latency_seconds: float
    throughput_seconds: int
    stream_batches: int
    starts: int


FULL = Plan(rounds=5, latency_seconds=1.5, throughput_seconds=2, stream_batches=1, starts=9)
QUICK = Plan(rounds=2, latency_seconds=0.6, throughput_seconds=1, stream_batches=1, starts=3)
