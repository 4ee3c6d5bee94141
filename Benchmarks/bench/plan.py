# SPDX-License-Identifier: Apache-2.0
"""How long and how often; the whole run stays under seven minutes, the quick one under two."""

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
    kills: int
    # Each a stretch without swaps and one of an even number of them, for each kind of load.
    swap_rounds: int
    quiet_seconds: float
    swaps: int
    saturated_seconds: float
    saturated_swaps: int
    placement_rounds: int
    tls_rounds: int
    tls_seconds: float
    plugin_rounds: int
    plugin_seconds: float


FULL = Plan(
    rounds=5,
    latency_seconds=1.5,
    throughput_seconds=2,
    stream_batches=1,
    starts=9,
    kills=20,
    swap_rounds=3,
    quiet_seconds=2,
    swaps=40,
    saturated_seconds=1,
    saturated_swaps=20,
    placement_rounds=3,
    tls_rounds=3,
    tls_seconds=1.0,
    plugin_rounds=3,
    plugin_seconds=0.4,
)
QUICK = Plan(
    rounds=2,
    latency_seconds=0.6,
    throughput_seconds=1,
    stream_batches=1,
    starts=3,
    kills=5,
    swap_rounds=1,
    quiet_seconds=1,
    swaps=20,
    saturated_seconds=0.5,
    saturated_swaps=6,
    placement_rounds=1,
    tls_rounds=1,
    tls_seconds=0.4,
    plugin_rounds=1,
    plugin_seconds=0.2,
)
