# SPDX-License-Identifier: Apache-2.0
"""The gateway that a storm goes over: its routes, and the chain of each."""

from pathlib import Path

from harness import KongFile, file_log

from .installation import ECHO, HEADS, LEDGER, LINES, LOG

# A chain is worth killing when each of its plugins has a call in flight at some time.
PLUGINS = (HEADS, LEDGER, LINES, ECHO, LOG)
# Those whose calls may take longer than the host needs to find out that a process stands still.
PATIENT = (HEADS, LEDGER, LINES)


def scene(upstream: str, log: Path, instances: int) -> KongFile:
    file = KongFile(processes={name: {"instances": instances} for name in PLUGINS})
    heads = {"name": HEADS, "config": {"does": "heads"}}
    ledger = {"name": LEDGER, "config": {"does": "ledger"}}
    lines = {"name": LINES, "config": {"does": "lines"}}
    echo = {"name": ECHO, "config": {"model": "echo-1", "interval": 5}}
    log_plugin = file_log(log)
    file.route("/plain", heads, ledger, log_plugin, url=upstream)
    file.route("/untouched", heads, ledger, log_plugin, url=upstream)
    file.route("/lines", heads, ledger, lines, log_plugin, url=upstream)
    file.route("/echo", heads, ledger, echo, log_plugin)
    return file
