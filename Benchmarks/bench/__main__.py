# SPDX-License-Identifier: Apache-2.0
"""`python3 -m bench`: builds, measures, reports."""

import argparse
import json
import os
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import build, inventory, life, placement, places, plugins, rounds, tls
from .gateways import all_gateways
from .load import Load
from .plan import FULL, QUICK, Plan
from .report import report, write_between_marks
from .traffic import TrafficFiles


def main() -> None:
    options = _options()
    # As an interrupt does, so that no gateway is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    build.everything()
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as folder:
        results = _measure(Path(folder), QUICK if options.quick else FULL)
    text = report(results)
    places.RESULTS.mkdir(exist_ok=True)
    (places.RESULTS / "latest.json").write_text(json.dumps(results, indent=1) + "\n")
    (places.RESULTS / "latest.md").write_text(text)
    if options.write_document:
        write_between_marks(places.DOCUMENT, text)
    print(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run.sh", description="Compares Patchbay with nginx and Envoy."
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        default=os.environ.get("BENCH_QUICK", "0") not in ("", "0"),
        help="fewer and shorter rounds; also BENCH_QUICK=1",
    )
    parser.add_argument(
        "--write-document",
        action="store_true",
        help=f"put the tables into {places.DOCUMENT.relative_to(places.ROOT)}",
    )
    return parser.parse_args()


def _measure(folder: Path, steps: Plan) -> dict[str, Any]:
    machine = inventory.machine()
    # The workers of nginx give up root, and must still find their folders.
    folder.chmod(0o755)
    files = TrafficFiles(folder)
    checkpoints = inventory.checkpoints()
    routes = inventory.routes()
    providers = inventory.providers()
    pii = inventory.pii()
    ready = inventory.ready_milliseconds(folder, steps)
    lives = life.measure(folder, files, steps)
    hops = placement.warm_and_cold(folder, files, steps)
    secured = tls.measure(folder, steps)
    each_plugin = plugins.measure(folder, files, steps)
    load = Load(files)
    with all_gateways(folder, files) as gateways:
        rounds.warm_up(gateways, load)
        requests = rounds.measure_requests(gateways, load, steps)
        streams = rounds.measure_streams(gateways, load, steps)
        return {
            "machine": machine,
            "plan": asdict(steps),
            "labels": {name: gateway.label for name, gateway in gateways.items()},
            "requests": requests,
            "streams": streams,
            "memory": inventory.memory(gateways),
            "sizes": inventory.sizes(),
            "ready_ms": ready,
            "checkpoints": checkpoints,
            "routes": routes,
            "providers": providers,
            "pii": pii,
            "life": lives,
            "hops": hops,
            "tls": secured,
            "plugins": each_plugin,
        }


try:
    main()
except KeyboardInterrupt:
    sys.exit(130)
