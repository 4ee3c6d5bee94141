# SPDX-License-Identifier: Apache-2.0
"""The processes of a plugin, as numbers that a test sets: nothing runs."""

import time
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]


class Refused(Exception):
    """What is not done, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class FakePlugin:
    name: str
    # What is installed; the last is the newest.
    versions: list[str]
    running: str
    previous: str | None = None
    canary: Record | None = None
    attached: bool = False
    # The counters of its stable process.
    counts: Record = field(default_factory=lambda: {"calls": 0, "failed": 0, "cpu_us": 0})
    state: Record = field(default_factory=dict)

    def swap(self, body: Record) -> Record:
        version = self._wanted(body)
        canary = body.get("canary")
        if self.canary:
            raise Refused(409, "another swap is under way")
        begun, before = time.monotonic(), self.running
        if canary is not None:
            self.canary = {"version": version, "share": canary}
            message = f"{self.name} {version} gets {canary}% of the exchanges"
        else:
            self.previous, self.running = self.running, version
            message = f"{self.name} went from {before} to {version}"
        answer = self._answer("canary" if canary is not None else "swap", before, version, message)
        answer["milliseconds"] = int((time.monotonic() - begun) * 1000)
        return answer

    def _wanted(self, body: Record) -> str:
        if "path" in body:
            # What is installed from a path is called after its folder here.
            version = str(body["path"]).split("/")[-2]
            self.versions.append(version)
            return version
        version = str(body["version"])
        if version not in self.versions:
            raise Refused(404, f"plugin '{self.name}' {version} is not installed")
        if version.startswith("0.0."):
            raise Refused(409, f"{self.name} {version} rejects the configuration: no such field")
        return version

    def rollback(self) -> Record:
        before = self.running
        if self.canary:
            before, self.canary = self.canary["version"], None
        elif self.previous:
            self.running, self.previous = self.previous, None
        else:
            raise Refused(409, f"there is no version of {self.name} to go back to")
        message = f"{self.name} went back from {before} to {self.running}"
        return self._answer("rollback", before, self.running, message)

    def promote(self) -> Record:
        if not self.canary:
            raise Refused(409, f"{self.name} has no canary")
        before, self.running = self.running, self.canary["version"]
        self.canary = None
        message = f"{self.name} {self.running} gets all exchanges"
        return self._answer("promote", before, self.running, message)

    def attach(self, header: str | None) -> Record:
        self.attached = True
        what = f"exchanges with '{header}'" if header else "all exchanges"
        return {
            "action": "attach",
            "plugin": self.name,
            "socket": f"/run/patchbay/{self.name}.sock",
            "message": f"waiting for a process that wants {what}",
            "data": self.processes(),
        }

    def detach(self) -> Record:
        if not self.attached:
            raise Refused(409, f"nothing is attached to {self.name}")
        self.attached = False
        return {
            "action": "detach",
            "plugin": self.name,
            "message": f"the processes of {self.name} have all exchanges again",
            "data": self.processes(),
        }

    def processes(self) -> list[Record]:
        found = [self._process(1, self.running, "stable") | self.counts | self.state]
        if self.canary:
            found.append(
                self._process(2, self.canary["version"], "canary")
                | {"share": self.canary["share"], "calls": 40, "failed": 2, "p99_us": 9100}
            )
        return found

    def _process(self, incarnation: int, version: str, role: str) -> Record:
        return {
            "plugin": self.name,
            "version": version,
            "state": "ready",
            "since": int(time.time()) - 90,
            "reason": "configured",
            "next": None,
            "pid": 1000 + incarnation,
            "incarnation": incarnation,
            "restarts": 0,
            "in_flight": 3,
            "rss": 7 << 20,
            "last_lines": [],
            "role": role,
            "share": None,
            "calls": 0,
            "failed": 0,
            "p50_us": 85,
            "p99_us": 1500,
            "cpu_us": 0,
            "sandbox": {"level": "full", "parts": ["landlock"], "missing": []},
            # A newer gateway tells more.
            "of_the_future": {"x": [1]},
        }

    def _answer(self, action: str, before: str, after: str, message: str) -> Record:
        return {
            "action": action,
            "plugin": self.name,
            "from": before,
            "to": after,
            "message": message,
            "milliseconds": 0,
            "data": self.processes(),
        }
