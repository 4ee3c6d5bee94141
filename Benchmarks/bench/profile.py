# SPDX-License-Identifier: Apache-2.0
"""`python3 -m bench.profile`: the instructions of a request in the host's user space, by function.

They come out the same on a busy machine. Without plugins: under callgrind the spawner cannot set
the limits of a process, and so starts none.
"""

import argparse
import tempfile
from pathlib import Path

from . import build, places
from .callgrind import Callgrind, Profile
from .gateways import patchbay
from .gateways.gateway import Command, Gateway, free_port
from .gateways.upstream import Upstream
from .traffic import TrafficFiles

_WARM_UP_SECONDS, _SECONDS = 2, 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="Benchmarks/profile.sh", description=__doc__)
    parser.add_argument("--functions", type=int, default=60, help="how many are listed")
    functions = parser.parse_args().functions
    build.everything()
    with tempfile.TemporaryDirectory(prefix="patchbay-profile-") as folder:
        profile = _profile(Path(folder))
    profile.show(functions, nearly_all=0.9)


def _profile(folder: Path) -> Profile:
    files = TrafficFiles(folder)
    callgrind = Callgrind(folder, places.PATCHBAY)
    port = free_port()
    with Upstream(files) as upstream:

        def commands(directory: Path) -> list[Command]:
            plain = patchbay.command(directory, port, upstream.port, [])
            return [Command(callgrind.command(*plain.arguments[1:]), plain.environment)]

        gateway = Gateway("patchbay", "Patchbay", port, commands)
        with gateway.started(folder):
            pid = gateway.roots[0]
            return callgrind.profile(pid, port, files.request, _WARM_UP_SECONDS, _SECONDS)


if __name__ == "__main__":
    main()
