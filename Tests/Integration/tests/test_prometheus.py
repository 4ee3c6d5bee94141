# SPDX-License-Identifier: Apache-2.0
"""`/metrics`: Kong's metrics to the token and to the digit, the host's own, and a dashboard that reads them."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from fake_openai import FakeOpenAI
from harness import Gateway, KongFile, ai_echo, ai_proxy, request
from harness.collectors import HTTPCollector
from harness.gateway import ROOT
from harness.sdk import client, user

from .conftest import ENVIRONMENT

PRICES = {"input_cost": 0.15, "output_cost": 0.6}
ALL = ("status_code_metrics", "ai_metrics", "latency_metrics", "bandwidth_metrics", "per_consumer")
SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

# What promtool has against names: they are Kong's.
KNOWN_PROBLEMS = re.compile(r"^kong_")

Sample = tuple[str, dict[str, str], str]


@pytest.fixture(scope="module")
def gateway(shared_fake: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    file = KongFile()
    counted = {"name": "prometheus", "config": dict.fromkeys(ALL, True)}
    chat = f"{shared_fake.url}/v1/chat/completions"
    for path in ("/whole", "/streamed", "/killed"):
        file.route(path, ai_proxy(chat, options=PRICES), counted)
    file.route("/uncounted", ai_proxy(chat, options=PRICES))
    echo = ai_echo()
    with HTTPCollector() as collector:
        log = {"name": "http-log", "config": {"http_endpoint": f"{collector.url}/"}}
        file.route("/logged", echo, counted, log)
        folder = tmp_path_factory.mktemp("prometheus")
        with Gateway(file, folder, ENVIRONMENT) as gateway:
            yield gateway


def samples(gateway: Gateway, **headers: str) -> list[Sample]:
    response = request(("127.0.0.1", gateway.admin_port), "GET", "/metrics", None, headers)
    assert response.status == 200
    found = []
    for line in response.body.decode().splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match, line
        found.append((match[1], dict(LABEL.findall(match[2] or "")), match[3]))
    return found


def values(gateway: Gateway, name: str, **labels: str) -> list[str]:
    return [
        value
        for found, theirs, value in samples(gateway)
        if found == name and labels.items() <= theirs.items()
    ]


def wait_for(gateway: Gateway, expected: str, name: str, **labels: str) -> None:
    """Polls: what is counted is no event that could be waited for."""
    for _ in range(200):
        found = values(gateway, name, **labels)
        if found == [expected]:
            return
    raise AssertionError(f"{name} {labels} is {found}, not {expected}")


def ask(gateway: Gateway, path: str, stream: bool) -> None:
    answer = client(f"{gateway.url}{path}").chat.completions.create(
        model="gpt-4o-mini", messages=user("one two three"), stream=stream
    )
    if stream:
        assert list(answer)


@pytest.mark.parametrize("path", ["/whole", "/streamed"])
def test_calls_of_models_count_to_the_token_and_to_the_digit(
    gateway: Gateway, fake: FakeOpenAI, path: str
) -> None:
    counts = (123, 1, 47)
    for tokens in counts:
        fake.plan(tokens=tokens)
        ask(gateway, path, path == "/streamed")
    mode = {"request_mode": "stream" if path == "/streamed" else "oneshot"}
    model = {"ai_provider": "openai", "ai_model": "gpt-4o-mini", "workspace": "default"}
    wait_for(gateway, "3", "kong_ai_llm_requests_total", **model, **mode)
    cost = sum(Decimal(9) * Decimal("0.15") + n * Decimal("0.6") for n in counts) / 1_000_000
    wait_for(gateway, f"{cost.normalize():f}", "kong_ai_llm_cost_total", **model, **mode)
    route = {"route": f"{path.strip('/')}-route", "service": path.strip("/")}
    wait_for(gateway, "3", "kong_http_requests_total", code="200", source="service", **route)
    for name in ("kong_kong_latency_ms", "kong_upstream_latency_ms", "kong_request_latency_ms"):
        assert values(gateway, f"{name}_count", **route) == ["3"]
        assert values(gateway, f"{name}_bucket", le="+Inf", **route) == ["3"]


def test_streamed_and_whole_calls_use_the_same_tokens(gateway: Gateway, fake: FakeOpenAI) -> None:
    def tokens() -> dict[str, int]:
        return {
            labels["token_type"]: int(value)
            for name, labels, value in samples(gateway)
            if name == "kong_ai_llm_tokens_total"
        }

    used = []
    for stream in (False, True):
        before = tokens()
        fake.plan(tokens=31)
        ask(gateway, "/whole", stream)
        for _ in range(200):
            after = tokens()
            if after.get("total_tokens", 0) != before.get("total_tokens", 0):
                break
        used.append({kind: after[kind] - before.get(kind, 0) for kind in after})
    assert used[0] == used[1] == {
        "prompt_tokens": 9, "completion_tokens": 31, "total_tokens": 40,
    }


def test_numbers_are_exact_when_the_plugin_is_killed(gateway: Gateway, fake: FakeOpenAI) -> None:
    for number in range(12):
        ask(gateway, "/killed", stream=number % 2 == 1)
        if number % 4 == 1:
            os.kill(_pid(gateway, "prometheus"), signal.SIGKILL)
    wait_for(gateway, "12", "kong_http_requests_total", route="killed-route")
    wait_for(gateway, "12", "kong_request_latency_ms_count", route="killed-route")
    assert int(values(gateway, "patchbay_plugin_restarts_total", plugin="prometheus")[0]) >= 1


def _pid(gateway: Gateway, plugin: str) -> int:
    """Of the plugin's process, once it is ready."""
    for _ in range(400):
        for one in gateway.processes():
            if one["plugin"] == plugin and one["state"] == "ready":
                return int(one["pid"])
    raise AssertionError(f"{plugin} is never ready")


def test_what_nobody_counts_is_not_there(gateway: Gateway, fake: FakeOpenAI) -> None:
    ask(gateway, "/uncounted", stream=False)
    assert values(gateway, "kong_http_requests_total", route="uncounted-route") == []


def test_the_hosts_own_metrics_are_there(gateway: Gateway) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}]}
    assert request(gateway.address, "POST", "/logged", body).status == 200
    wait_for(gateway, "1", "patchbay_delivery_delivered_total", plugin="http-log")
    calls = {"plugin": "ai-echo", "phase": "request"}
    assert values(gateway, "patchbay_plugin_calls_total", outcome="responded", **calls) == ["1"]
    for name in ("queue", "wire", "run"):
        assert values(gateway, f"patchbay_plugin_{name}_seconds_count", **calls) == ["1"]
    assert values(gateway, "patchbay_build_info") == ["1"]
    assert values(gateway, "patchbay_metrics_dropped_total") == ["0"]
    assert values(gateway, "kong_datastore_reachable") == ["1"]


def test_promtool_has_nothing_against_it(gateway: Gateway) -> None:
    text = gateway.admin_bytes("/metrics")
    found = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    problems = found.stderr.decode().splitlines()
    assert found.returncode in (0, 3), problems
    assert [line for line in problems if not KNOWN_PROBLEMS.match(line)] == []


def test_open_metrics_for_who_asks(gateway: Gateway) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0,text/plain;q=0.5"}
    response = request(("127.0.0.1", gateway.admin_port), "GET", "/metrics", None, accept)
    text = response.body.decode()
    assert (response.header("content-type") or "").startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")
    assert "# TYPE patchbay_exchanges counter\n" in text
    plain = request(("127.0.0.1", gateway.admin_port), "GET", "/metrics")
    assert (plain.header("content-type") or "").startswith("text/plain; version=0.0.4")


def test_metrics_are_there_without_the_plugin(tmp_path: Path) -> None:
    file = KongFile().route("/", ai_echo())
    with Gateway(file, tmp_path) as gateway:
        names = {name for name, _, _ in samples(gateway)}
    assert "patchbay_exchanges_total" in names and "kong_http_requests_total" not in names


def test_the_dashboard_reads_what_there_is(
    gateway: Gateway, fake: FakeOpenAI, tmp_path: Path
) -> None:
    ask(gateway, "/whole", stream=False)
    assert request(gateway.address, "POST", "/whole", b"{", {"Content-Length": "x"}).status == 400
    admin = ("127.0.0.1", gateway.admin_port)
    swap = request(admin, "PUT", "/plugins/processes/ai-echo", {"version": "0.1.0"})
    assert swap.status == 200, swap
    there: dict[str, set[str]] = {"instance": set()}
    for name, labels, _ in samples(gateway):
        there.setdefault(name, set()).update(labels)
    expressions = list(_expressions(json.loads((ROOT / "docs/grafana.json").read_text())))
    assert len(expressions) > 20
    rules = []
    for number, expression in enumerate(expressions):
        for name in re.findall(r"\b(?:kong|patchbay)_\w+", expression):
            assert name in there, f"there is no {name}: {expression}"
            for group in re.findall(r"by \(([^)]*)\)", expression):
                wanted = {label.strip() for label in group.split(",")}
                assert wanted <= there[name], f"{name} has no {wanted - there[name]}"
        plain = expression.replace("$__rate_interval", "5m").replace("$instance", ".*")
        rules.append({"record": f"panel_{number}", "expr": plain})
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked = subprocess.run(["promtool", "check", "rules", file], capture_output=True)
    assert checked.returncode == 0, checked.stderr.decode() + checked.stdout.decode()


def _expressions(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, member in value.items():
                if name == "expr":
                    yield member
                else:
                    yield from _expressions(member)
        case list():
            for element in value:
                yield from _expressions(element)
