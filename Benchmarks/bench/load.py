# SPDX-License-Identifier: Apache-2.0
"""The load generators, and what a gateway spends while they run."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import places, plan, processes
from .gateways import Gateway
from .traffic import PATH, TrafficFiles

Record = dict[str, Any]


class Load:
    def __init__(self, files: TrafficFiles) -> None:
        self._files = files

    def latency(
        self, gateway: Gateway, seconds: float, connections: int = 1, request: Path | None = None
    ) -> Record:
        """Percentiles of the time from request to response, and the CPU time of a request."""

        request = request or self._files.request
        command = [places.LOAD, "latency", gateway.port, request, connections, seconds]
        result, spent = _run(gateway, command)
        latency = result["latency"]
        return {**latency, "cpu_us": _each(spent, latency["count"])}

    def throughput(self, gateway: Gateway, connections: int, seconds: int) -> Record:
        """Requests a second, and the CPU time of each."""

        options = ["-t", 1, "-c", connections, "-d", seconds, "-s", places.TOOLS / "post.lua"]
        url = f"http://127.0.0.1:{gateway.port}{PATH}"
        result, spent = _run(gateway, ["wrk", *options, url, "--", self._files.body])
        if result["failed"]:
            raise SystemExit(f"{gateway.name}: {result['failed']} requests failed")
        requests = result["requests"]
        return {"rps": requests / result["seconds"], "cpu_us": _each(spent, requests)}

    def streams(self, gateway: Gateway, with_usage: bool, batches: int) -> Record:
        """Percentiles of what the pieces of streams wait for, and the CPU time of a piece."""

        request = self._files.stream_with_usage if with_usage else self._files.stream
        command = [places.LOAD, "streams", gateway.port, request, self._files.request]
        result, spent = _run(gateway, [*command, plan.STREAMS, batches, plan.INTERVAL_US])
        count = result["delay"]["count"]
        expected = plan.STREAMS * plan.PIECES * batches
        if count != expected:
            raise SystemExit(f"{gateway.name}: {count} pieces arrived of {expected}")
        return {**result, "cpu_us": _each(spent, count)}


def _run(gateway: Gateway, command: Sequence[object]) -> tuple[Record, dict[str, float]]:
    return cpu_of(gateway.roots, command)


def cpu_of(roots: list[int], command: Sequence[object]) -> tuple[Record, dict[str, float]]:
    """What the tool printed, and the CPU seconds of each of the gateway's processes meanwhile."""
    pids = processes.tree(roots)
    before = {pid: processes.cpu_seconds([pid]) for pid in pids}
    result = _result([str(part) for part in command])
    spent: dict[str, float] = {}
    for pid in pids:
        name = processes.name(pid)
        spent[name] = spent.get(name, 0) + processes.cpu_seconds([pid]) - before[pid]
    return result, spent


def _each(spent: dict[str, float], count: int) -> dict[str, float]:
    each = {name: seconds / count * 1e6 for name, seconds in spent.items()}
    return {"total": sum(each.values()), **each}


def _result(command: list[str]) -> Record:
    """The last line of what a tool prints is its result."""
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {finished.returncode}")
    result: Record = json.loads(finished.stdout.splitlines()[-1])
    return result
