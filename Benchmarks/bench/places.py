# SPDX-License-Identifier: Apache-2.0
"""Where things are, and where they are built."""

import os
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
TOOLS = BENCHMARKS / "tools"
RESULTS = BENCHMARKS / "results"
DOCUMENT = ROOT / "docs/performance.md"

# The release build of the repository.
RELEASE = Path(os.environ.get("PATCHBAY_BIN", ROOT / ".build/release"))
PATCHBAY = RELEASE / "patchbay"
CHECKPOINT = RELEASE / "measure-checkpoint"
ROUTES = RELEASE / "measure-routes"
PROVIDERS = RELEASE / "measure-providers"
PII = RELEASE / "measure-pii"

# What only the benchmarks need.
BUILD = ROOT / ".build/bench"
PACKAGES = BUILD / "packages"
UPSTREAM = BUILD / "upstream"
LOAD = BUILD / "load"
PACED = BUILD / "paced"
TLS = BUILD / "tls"
EXT_PROC = BUILD / "ext-proc"
