# SPDX-License-Identifier: Apache-2.0
"""`python3 -m bench.profile_plugin NAME [BYTES]`: instructions of a plugin's process, by function.

The plugin is attached as a developer's process, so that it runs under callgrind; the config is
that of plugin_configs."""

import argparse
import subprocess
import tempfile
from pathlib import Path

from . import build, places, plugin_configs, plugins
from .callgrind import Callgrind, Profile
from .gateways.gateway import Gateway
from .gateways.upstream import Upstream
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
        profile = _profile(Path(folder), options.name, options.bytes)
    profile.show(options.functions, nearly_all=0.98)


def _profile(folder: Path, name: str, size: int) -> Profile:
    with Upstream(TrafficFiles(folder)) as upstream, Sinks() as sinks:
        configs = plugin_configs.installed(folder, upstream.port, sinks)
        gateway = plugins.gateway_of(upstream.port, plugins.cases_of(configs))
        request = plugins.request_file(folder, name, size)
        with gateway.started(folder):
            return _attached(folder, gateway, name, request)


def _attached(folder: Path, gateway: Gateway, name: str, request: Path) -> Profile:
    callgrind = Callgrind(folder, places.RELEASE / name)
    admin = f"127.0.0.1:{gateway.admin_port}"
    told = build.run(places.PATCHBAY, "plugin", "attach", name, "--admin", admin)
    socket = next(word for word in told.split() if word.endswith(".sock"))
    command = callgrind.command("--attach", socket)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            return callgrind.profile(
                process.pid, gateway.port, request, _WARM_UP_SECONDS, _SECONDS
            )
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
