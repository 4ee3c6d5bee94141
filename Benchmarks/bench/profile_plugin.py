# SPDX-License-Identifier: Apache-2.0
"""`python3 -m bench.profile_plugin NAME [BYTES]`: instructions of a plugin's process, by function.

The plugin is attached as a developer's process, so that it runs under callgrind; the config is
that of plugin_configs."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from . import build, callgrind, places, plugin_configs, plugins
from .gateways.gateway import Gateway
from .gateways.upstream import Upstream
from .profile import demangled
from .sinks import Sinks
from .traffic import TrafficFiles

_WARM_UP_SECONDS, _SECONDS = 3, 6


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.profile_plugin", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("bytes", type=int, nargs="?", default=plugins.SMALL)
    parser.add_argument("--functions", type=int, default=40, help="how many are listed")
    options = parser.parse_args()
    build.tools()
    build.builtins()
    with tempfile.TemporaryDirectory(prefix="patchbay-profile-") as folder:
        costs, requests = _profile(Path(folder), options.name, options.bytes)
    print(f"{costs.total / requests:,.0f} instructions a request ({requests} requests)")
    for title, counter in (("with callees", costs.inclusive), ("own", costs.own)):
        print(f"\n{title:>14}  calls")
        functions = [one for one in counter.most_common() if one[1] < costs.total * 0.98]
        names = demangled([name for name, _ in functions[: options.functions]])
        for (function, instructions), name in zip(functions, names, strict=False):
            calls = costs.calls[function] / requests
            print(f"{instructions / requests:14,.0f} {calls:6.1f}  {name[:140]}")


def _profile(folder: Path, name: str, size: int) -> tuple[callgrind.Costs, int]:
    with Upstream(TrafficFiles(folder)) as upstream, Sinks() as sinks:
        entries = plugin_configs.installed(folder, upstream.port, sinks)
        gateway = plugins.gateway_of(upstream.port, plugins.cases_of(entries))
        request = plugins.request_file(folder, name, size)
        with gateway.started(folder):
            return _attached(folder, gateway, name, request)


def _attached(
    folder: Path, gateway: Gateway, name: str, request: Path
) -> tuple[callgrind.Costs, int]:
    # valgrind cannot read all of Swift's debug information; names are enough.
    executable, output = folder / name, folder / "callgrind.out"
    build.run("strip", "-g", "-o", executable, places.RELEASE / name)
    admin = f"127.0.0.1:{gateway.admin_port}"
    attach = [places.PATCHBAY, "plugin", "attach", name, "--admin", admin]
    told = build.run(*attach)
    socket = next(word for word in told.split() if word.endswith(".sock"))
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]
    command = [*valgrind, str(executable), "--attach", socket]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _load(gateway, request, _WARM_UP_SECONDS)
            build.run("callgrind_control", "--zero", str(process.pid))
            requests = _load(gateway, request, _SECONDS)
            build.run("callgrind_control", "--dump", str(process.pid))
            # Each dump has a number; the end of the process writes one without.
            return callgrind.read(folder / "callgrind.out.1"), requests
        finally:
            process.terminate()


def _load(gateway: Gateway, request: Path, seconds: int) -> int:
    told = build.run(places.LOAD, "latency", str(gateway.port), request, "1", str(seconds))
    count: int = json.loads(told)["latency"]["count"]
    return count


if __name__ == "__main__":
    main()
