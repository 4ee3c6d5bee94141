# SPDX-License-Identifier: Apache-2.0
"""The results as tables, which read alike on a terminal and in Markdown."""

from pathlib import Path
from statistics import median
from typing import Any

from . import placement, plugins, swaps, tls
from .plan import LEVELS
from .rounds import STREAM_CASES
from .summary import Requests, Streams
from .tables import Row, table
from .targets import targets

Record = dict[str, Any]

_OPEN, _CLOSE = "<!-- results -->", "<!-- /results -->"


def report(results: Record) -> str:
    sections = [
        _machine(results),
        "### Requests\n\n" + _requests(results),
        "### CPU of a request by process\n\n" + _processes(results),
        "### Streams\n\n" + _streams(results),
        "### Cost of a checkpoint\n\n" + _checkpoints(results),
        "### Finding a route\n\n" + _routes(results),
        "### Providers with an API of their own\n\n" + _providers(results),
        "### The search for personal values\n\n" + _pii(results),
        "### The life of a process\n\n" + life_table(results["life"]),
        "### A hop warm and cold\n\n" + _hops(results),
        "### Plugins\n\n" + plugins.report(results["plugins"]),
        "### TLS with clients\n\n" + tls.report(results["tls"]),
        "### Memory and sizes\n\n" + _memory(results) + "\n\n" + _sizes(results),
        "### Expected and measured\n\n" + _targets(results),
    ]
    return "\n\n".join(sections) + "\n"


def write_between_marks(path: Path, text: str) -> None:
    """Replaces what stands between the marks of a document."""
    document = path.read_text()
    before, opened, rest = document.partition(_OPEN)
    _, closed, after = rest.partition(_CLOSE)
    if not opened or not closed:
        raise SystemExit(f"{path} has no {_OPEN} … {_CLOSE}")
    path.write_text(f"{before}{_OPEN}\n\n{text}\n{_CLOSE}{after}")


def _machine(results: Record) -> str:
    machine, versions = results["machine"], results["machine"]["versions"]
    return (
        f"{machine['cores']} cores of {machine['cpu']}, {machine['system']}, kernel "
        f"{machine['kernel']}; {versions['swift']}, nginx {versions['nginx']}, Envoy "
        f"{versions['envoy']}, {machine['workers']} workers each; {results['plan']['rounds']} "
        f"rounds; load before the run {machine['load_before']:.2f}."
    )


def _requests(results: Record) -> str:
    requests = Requests(results["requests"])
    labels = results["labels"]
    head = ["", "added p50 µs", "added p99 µs"]
    head += [f"requests/s, {level}" for level in LEVELS]
    head += [f"CPU µs, {level}" for level in (1, *LEVELS)]
    rows = []
    for name, label in labels.items():
        if name == "direct":
            base = (f"({requests.latency(name, percentile):.0f})" for percentile in ("p50", "p99"))
            costs = [""] * 3
        else:
            base = (f"{requests.added(name, percentile):.0f}" for percentile in ("p50", "p99"))
            costs = [f"{requests.cpu(name, level):.1f}" for level in (1, *LEVELS)]
        rates = [f"{requests.rate(name, level):,.0f}" for level in LEVELS]
        rows.append([label, *base, *rates, *costs])
    return table(head, rows)


def _processes(results: Record) -> str:
    rows = []
    for name, label in results["labels"].items():
        rounds = [one[name] for one in results["requests"]]
        for process in rounds[0]["1"]["cpu_us"]:
            if process == "total":
                continue
            costs = [
                median(one[str(level)]["cpu_us"][process] for one in rounds)
                for level in (1, *LEVELS)
            ]
            if max(costs) >= 0.1:
                rows.append([label, process, *(f"{cost:.1f}" for cost in costs)])
    return table(["", "process", *(f"CPU µs, {level}" for level in (1, *LEVELS))], rows)


def _streams(results: Record) -> str:
    streams = Streams(results["streams"])
    columns = [
        ("first piece p50", "first_piece", "p50"),
        ("p99", "first_piece", "p99"),
        ("piece p50", "delay", "p50"),
        ("p99", "delay", "p99"),
        ("gap p50", "gap", "p50"),
        ("p99", "gap", "p99"),
    ]
    rows = []
    for case in STREAM_CASES:
        if case.name not in streams.cases():
            continue
        if case.name == "direct":
            values = [f"({streams.value(case.name, *column[1:]):.0f})" for column in columns]
            rows.append([case.label, *values, ""])
        else:
            values = [f"{streams.added(case.name, *column[1:]):.0f}" for column in columns]
            rows.append([case.label, *values, f"{streams.cpu(case.name):.1f}"])
    head = ["added µs", *(column[0] for column in columns), "CPU µs a piece"]
    return table(head, rows)


def _memory(results: Record) -> str:
    rows = [
        [results["labels"][name], one["process"], _mb(one["rss"]), _mb(one["pss"])]
        for name, all_processes in results["memory"].items()
        for one in all_processes
    ]
    return table(["after the load", "process", "RSS MB", "PSS MB"], rows)


def _sizes(results: Record) -> str:
    rows = [[name, _mb(size)] for name, size in results["sizes"].items()]
    return table(["program, stripped", "MB"], rows)


def _checkpoints(results: Record) -> str:
    costs = ("unchanged_ns", "changed_ns", "host_ns", "restored_ns")
    rows = [
        [state, str(cost["bytes"]), *(f"{cost[what] / 1e3:.2f}" for what in costs)]
        for state, cost in results["checkpoints"].items()
    ]
    head = ["state", "bytes", "unchanged, CPU µs", "changed", "more in the host", "restored"]
    return table(head, rows)


def _providers(results: Record) -> str:
    rows = [
        [
            costs["provider"],
            f"{costs['chat_1k_us']:.1f}",
            f"{costs['conversation_128k_mb_s']:,.0f}",
            f"{costs['event_us']:.1f}",
        ]
        for costs in results["providers"]
    ]
    head = [
        "CPU inside of the plugin",
        "a chat of 1 KB, µs",
        "a conversation of 128 KB, MB/s",
        "an event of a stream, µs",
    ]
    return table(head, rows)


def _pii(results: Record) -> str:
    rows = [
        [costs["text"], f"{costs['mb_s']:,}", f"{costs['finds']:,}"] for costs in results["pii"]
    ]
    return table(["1 MB of", "MB/s", "finds"], rows)


def _routes(results: Record) -> str:
    costs: dict[str, dict[str, int]] = results["routes"]
    counts = list(next(iter(costs.values())))
    rows = [
        [name, *(f"{cost[count] / 1e3:.2f}" for count in counts)] for name, cost in costs.items()
    ]
    return table(["CPU µs, by routes that differ in", *(f"{int(n):,}" for n in counts)], rows)


def _targets(results: Record) -> str:
    rows = [
        [
            target.what,
            f"≤ {target.limit:g} {target.unit}",
            f"{target.measured:.2f} {target.unit}",
            "met" if target.is_met else "missed",
        ]
        for target in targets(results)
    ]
    return table(["", "expected", "measured", ""], rows)


def life_table(life: Record) -> str:
    def row(what: str, values: list[float], scale: float = 1) -> Row:
        return [what, f"{median(values) / scale:.1f}", f"{max(values) / scale:.1f}"]

    rows = [
        row("kill to first answer", life["first_answer_us"], 1e3),
        row("longest request around a kill", life["stall_us"], 1e3),
        row("swap, from order to answer", life["swap_ms"]),
    ]
    note = f"{life['failed']} of {life['requests']:,} requests failed."
    return f"{table(['ms', 'median', 'worst'], rows)}\n\n{swaps.report(life)}\n\n{note}"


def _hops(results: Record) -> str:
    if not results["hops"]:
        return "The machine has one CPU: every hop is warm."
    return placement.report([placement.WARM, placement.COLD], results["hops"])


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"
