# SPDX-License-Identifier: Apache-2.0
"""What each plugin costs alone, and what a chain of them costs: one gateway, a route for each.

`python3 -m bench.plugins [ROUNDS]` measures this and nothing else."""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from . import build, plan, plugin_configs, processes, traffic
from .gateways import patchbay
from .gateways.gateway import Command, Gateway, free_port
from .gateways.upstream import Upstream
from .load import Load
from .sinks import Sinks
from .tables import Row, table
from .traffic import TrafficFiles

Record = dict[str, Any]

# Bytes of the conversation that is sent. The last one only tells how costs grow.
SMALL, LARGE, LARGEST = SIZES = (1 << 10, 128 << 10, 256 << 10)
NOTHING, CHAIN = "nothing", "chain"
# Microseconds that are noise where costs are compared.
NOISE = 20.0
# What the gateway's `cpu_latency` needs.
_LATENCY_DEVICE = "/dev/cpu_dma_latency"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    build.tools()
    build.builtins()
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as name:
        directory = Path(name)
        steps = replace(plan.FULL, plugin_rounds=rounds)
        results = measure(directory, TrafficFiles(directory), steps)
    print(report(results))


def measure(directory: Path, files: TrafficFiles, steps: plan.Plan) -> Record:
    """By round, case and size: percentiles, and CPU by process. Cases are routes."""
    folder = directory / "plugins"
    folder.mkdir()
    with Upstream(files) as upstream, Sinks() as sinks:
        cases = cases_of(plugin_configs.installed(folder, upstream.port, sinks))
        gateway = gateway_of(upstream.port, cases)
        rounds = _rounds(folder, gateway, cases, Load(files), steps)
        awake = []
        if CHAIN in cases and os.access(_LATENCY_DEVICE, os.W_OK):
            ends = {case: cases[case] for case in (NOTHING, CHAIN)}
            gateway = gateway_of(upstream.port, ends, {"cpu_latency": 0})
            awake = _rounds(folder, gateway, ends, Load(files), steps)
    chain = [step["name"] for step in cases.get(CHAIN, [])]
    return {"chain": chain, "rounds": rounds, "awake": awake}


def _rounds(
    folder: Path,
    gateway: Gateway,
    cases: dict[str, list[Record]],
    load: Load,
    steps: plan.Plan,
) -> list[Record]:
    requests = {case: {size: request_file(folder, case, size) for size in SIZES} for case in cases}
    with gateway.started(folder):
        for by_size in requests.values():
            for request in by_size.values():
                load.latency(gateway, 0.1, request=request)
        return [
            {
                case: {
                    str(size): load.latency(gateway, steps.plugin_seconds, request=request)
                    for size, request in requests[case].items()
                }
                for case in cases
            }
            for _ in range(steps.plugin_rounds)
        ]


def cases_of(configs: dict[str, Record]) -> dict[str, list[Record]]:
    """The plugins of each route, by the configs of those that there are."""
    cases: dict[str, list[Record]] = {NOTHING: []}
    for name in configs:
        base = _base(name)
        before = [plugin_configs.entry(base, configs)] if base in configs else []
        cases[name] = [*before, plugin_configs.entry(name, configs)]
    if chain := plugin_configs.chain(configs):
        cases[CHAIN] = chain
    return cases


def _base(case: str) -> str:
    """What a case is compared with."""
    return "key-auth" if plugin_configs.needs_consumer(case) else NOTHING


def gateway_of(
    upstream_port: int, cases: dict[str, list[Record]], settings: Record | None = None
) -> Gateway:
    port, admin_port = free_port(), free_port()
    services = [
        {
            "name": case,
            "url": f"http://127.0.0.1:{upstream_port}",
            # The gateway is ready when the plain path is answered.
            "routes": [{"name": case, "paths": ["/v1"] * (case == NOTHING) + [f"/{case}"]}],
            "plugins": plugins,
        }
        for case, plugins in cases.items()
    ]
    entities: Record = {"services": services}
    if any(step["name"] == "key-auth" for plugins in cases.values() for step in plugins):
        entities["consumers"] = plugin_configs.CONSUMERS

    def commands(folder: Path) -> list[Command]:
        return [patchbay.running(folder, entities, port, admin_port, settings=settings)]

    return Gateway("plugins", "Patchbay", port, commands, admin_port=admin_port)


def request_file(folder: Path, case: str, size: int) -> Path:
    body = traffic.conversation(size)
    path = folder / f"{case}-{size}.http"
    path.write_bytes(traffic.post(body, f"/{case}{traffic.PATH}", apikey=plugin_configs.KEY))
    return path


# MARK: What it says


def report(results: Record) -> str:
    text = _alone(results)
    if results["chain"]:
        text += "\n\n" + _chain(results) + "\n\n" + _steps(results)
    return text


def _alone(results: Record) -> str:
    rows = []
    for case in results["rounds"][0]:
        if case in (NOTHING, CHAIN):
            continue
        own = [f"{cpu(results, case, size):.1f}" for size in (SMALL, LARGE)]
        host = [f"{host_more(results, case, size):.1f}" for size in (SMALL, LARGE)]
        added_p50 = [f"{added(results, case, size):.0f}" for size in (SMALL, LARGE)]
        rows.append([case, *own, *host, *added_p50, f"{growth(results, case):.2f}"])
    head = ["one plugin", "its CPU µs, 1 KB", "128 KB", "host's more, 1 KB", "128 KB"]
    return table([*head, "added p50 µs, 1 KB", "128 KB", "growth"], rows)


def _chain(results: Record) -> str:
    rows: list[Row] = []
    for label, measured in (("", results), (", processors awake", awake(results))):
        for size in (SMALL, LARGE) if measured["rounds"] else ():
            rows.append(
                [
                    f"{size >> 10} KB{label}",
                    f"{added(measured, CHAIN, size):.0f}",
                    f"{added(measured, CHAIN, size, 'p99'):.0f}",
                    f"{_median(measured, partial(_total, case=NOTHING, size=size)):.0f}",
                    f"{_median(measured, partial(_total, case=CHAIN, size=size)):.0f}",
                ]
            )
    head = ["chain", "added p50 µs", "added p99 µs", "CPU µs without", "CPU µs with it"]
    return " → ".join(results["chain"]) + "\n\n" + table(head, rows)


def awake(results: Record) -> Record:
    """The chain alone, and nothing, while the gateway keeps processors from sleeping."""
    return {"chain": results["chain"], "rounds": results["awake"]}


def _steps(results: Record) -> str:
    def spent(process: str, size: int) -> str:
        return f"{_median(results, lambda one: _spent(one, CHAIN, size, process)):.1f}"

    rows = [[name, *(spent(name, size) for size in (SMALL, LARGE))] for name in results["chain"]]
    more = [f"{host_more(results, CHAIN, size):.1f}" for size in (SMALL, LARGE)]
    return table(["in the chain, CPU µs", "1 KB", "128 KB"], [*rows, ["host's more", *more]])


def added(results: Record, case: str, size: int, what: str = "p50") -> float:
    return _median(
        results, lambda one: one[case][str(size)][what] - one[_base(case)][str(size)][what]
    )


def cpu(results: Record, case: str, size: int) -> float:
    """Of the plugin's own process."""
    return _median(results, lambda one: _spent(one, case, size, case))


def host_more(results: Record, case: str, size: int) -> float:
    return _median(
        results,
        lambda one: (
            _spent(one, case, size, "patchbay") - _spent(one, _base(case), size, "patchbay")
        ),
    )


def growth(results: Record, case: str) -> float:
    """What the second 128 KB of a body cost its process against the first; noise is kept small."""
    small, large, largest = (cpu(results, case, size) for size in SIZES)
    return (largest - large + NOISE) / (large - small + NOISE)


def worst_growth(results: Record) -> float:
    cases = [case for case in results["rounds"][0] if case not in (NOTHING, CHAIN)]
    return max((growth(results, case) for case in cases), default=1)


def _median(results: Record, value: Callable[[Record], float]) -> float:
    return median(value(one) for one in results["rounds"])


def _spent(one: Record, case: str, size: int, process: str) -> float:
    spent: float = one[case][str(size)]["cpu_us"].get(process[: processes.NAME_LIMIT], 0)
    return spent


def _total(one: Record, case: str, size: int) -> float:
    total: float = one[case][str(size)]["cpu_us"]["total"]
    return total


if __name__ == "__main__":
    main()
