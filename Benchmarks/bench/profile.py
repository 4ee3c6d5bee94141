# SPDX-License-Identifier: Apache-2.0
"""`python3 -m bench.profile`: the instructions of a request in the host's user space, by function.

They come out the same on a busy machine. Without plugins: under callgrind the spawner cannot set
the limits of a process, and so starts none.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from . import build, callgrind, places
from .gateways import patchbay
from .gateways.gateway import Command, Gateway, free_port
from .gateways.upstream import Upstream
from .traffic import TrafficFiles

_WARM_UP_SECONDS, _SECONDS = 2, 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="Benchmarks/profile.sh", description=__doc__)
    parser.add_argument("--functions", type=int, default=60, help="how many are listed")
    count = parser.parse_args().functions
    build.everything()
    with tempfile.TemporaryDirectory(prefix="patchbay-profile-") as folder:
        costs, requests = _profile(Path(folder))
    print(f"{costs.total / requests:,.0f} instructions a request ({requests} requests)")
    for title, counter in (("with callees", costs.inclusive), ("own", costs.own)):
        print(f"\n{title:>14}  calls")
        # What contains nearly all, the event loop's frames, says nothing.
        functions = [one for one in counter.most_common() if one[1] < costs.total * 0.9][:count]
        names = demangled([name for name, _ in functions])
        for (function, instructions), name in zip(functions, names, strict=True):
            calls = costs.calls[function] / requests
            print(f"{instructions / requests:14,.0f} {calls:6.1f}  {name[:120]}")


def _profile(folder: Path) -> tuple[callgrind.Costs, int]:
    files = TrafficFiles(folder)
    # valgrind cannot read all of Swift's debug information; names are enough.
    host, output = folder / "patchbay", folder / "callgrind.out"
    build.run("strip", "-g", "-o", host, places.PATCHBAY)
    port = free_port()
    with Upstream(files) as upstream:

        def commands(directory: Path) -> list[Command]:
            plain = patchbay.command(directory, port, upstream.port, [])
            valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]
            return [Command([*valgrind, str(host), *plain.arguments[1:]], plain.environment)]

        gateway = Gateway("patchbay", "Patchbay", port, commands)
        with gateway.started(folder):
            pid = gateway.roots[0]
            _requests(port, files, _WARM_UP_SECONDS)
            build.run("callgrind_control", "--zero", str(pid))
            requests = _requests(port, files, _SECONDS)
            build.run("callgrind_control", "--dump", str(pid))
            # Each dump has a number; the end of the process writes one without.
            return callgrind.read(folder / "callgrind.out.1"), requests


def _requests(port: int, files: TrafficFiles, seconds: int) -> int:
    text = build.run(places.LOAD, "latency", str(port), files.request, "1", str(seconds))
    count: int = json.loads(text)["latency"]["count"]
    return count


def demangled(names: list[str]) -> list[str]:
    # callgrind marks a recursion by an apostrophe and its depth.
    result = subprocess.run(
        ["swift", "demangle", "--simplified", "--compact"],
        input="\n".join(name.partition("'")[0] for name in names),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return result.stdout.splitlines()


if __name__ == "__main__":
    main()
