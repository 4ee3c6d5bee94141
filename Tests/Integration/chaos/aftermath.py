# SPDX-License-Identifier: Apache-2.0
"""What must be true when a storm is over: nothing left in flight, nothing counted twice, nothing leaked."""

import json
import time
from collections import Counter
from typing import Any

from harness import Gateway, LogFile, request
from harness.processes import descendants, resident

from .load import Load
from .rates import GROWTH
from .scene import PLUGINS
from .upstream import NumberedUpstream


class Aftermath:
    """Made before the storm, to know how things were."""

    def __init__(
        self, gateway: Gateway, upstream: NumberedUpstream, log: LogFile, instances: int
    ) -> None:
        self._gateway = gateway
        self._upstream = upstream
        self._log = log
        self._processes = instances * len(PLUGINS)
        self._memory = resident(gateway.pid)
        self._ledger = self._read_ledger()

    def check(self, load: Load) -> None:
        assert not load.failures, self._failures(load)
        self._settles()
        self._nothing_was_sent_twice(load)
        self._ledger_has_each_once(load)
        self._log_has_each_once(load)
        self._nothing_leaked()

    def _failures(self, load: Load) -> str:
        """What the clients saw, and what the host says of its plugins."""
        calls: Counter[str] = Counter()
        processes: Counter[str] = Counter()
        for line in self._gateway.log:
            said = json.loads(line)
            if said["message"] == "plugin call failed":
                calls[f"{said['plugin']}, {said['phase']}: {said['outcome']}"] += 1
            elif said["message"] == "plugin process" and said["state"] != "ready":
                processes[f"{said['plugin']} {said['state']}: {said['reason']}"] += 1
        return "\n".join(
            [f"{len(load.failures)} exchanges failed:", *load.failures[:12]]
            + ["the host's log:", *(f"{count} x {text}" for text, count in calls.most_common(12))]
            + [f"{count} x {text}" for text, count in processes.most_common(20)]
        )

    def _settles(self) -> None:
        """No exchange is in flight, and every process is ready. The admin API tells no events: it is asked again."""
        deadline = time.monotonic() + 10
        while True:
            in_flight = self._gateway.admin("/status")["gateway"]["in_flight"]
            processes = self._gateway.processes()
            # One that was swapped out may still be on its way to its end.
            if in_flight == 0 and len(processes) == self._processes and all(map(_rests, processes)):
                return
            assert time.monotonic() < deadline, f"in flight: {in_flight}; {processes}"

    def _nothing_was_sent_twice(self, load: Load) -> None:
        again = {
            nonce: count
            for nonce, count in self._upstream.arrivals.items()
            if count != 1 and nonce in load.nonces
        }
        assert not again, f"requests reached the upstream more than once: {again}"

    def _ledger_has_each_once(self, load: Load) -> None:
        """A call that ran twice is counted once, and none is forgotten."""
        for key, before in self._ledger.items():
            counted = self._read_ledger()[key] - before
            assert counted == len(load.nonces), (
                f"{len(load.nonces)} exchanges were counted {counted} times as {key}"
            )

    def _log_has_each_once(self, load: Load) -> None:
        entries = self._log.entries(load.storm, len(load.nonces))
        counts = Counter(entry["request"]["headers"]["x-nonce"] for entry in entries)
        wrong = {nonce: counts[nonce] for nonce in load.nonces if counts[nonce] != 1}
        assert not wrong, f"log entries of exchanges: {wrong}"
        assert len(counts) == len(load.nonces)

    def _nothing_leaked(self) -> None:
        # The spawner is the one that is no plugin.
        children = descendants(self._gateway.pid)
        assert len(children) == self._processes + 1, children
        growth = resident(self._gateway.pid) - self._memory
        assert growth < GROWTH, f"the host grew by {growth >> 20} MiB"

    def _read_ledger(self) -> dict[str, int]:
        counts = {}
        for key in ("begun", "completed"):
            answer = request(
                self._gateway.address, "GET", "/plain", None, {"x-read": key, "x-nonce": "ledger"}
            )
            assert answer.status == 200, answer
            counts[key] = int(answer.body)
        return counts


def _rests(process: dict[str, Any]) -> bool:
    return bool(process["state"] == "ready" and process["in_flight"] == 0)
