# SPDX-License-Identifier: Apache-2.0
"""http-log: what a collector gets, how often it is asked, and what becomes of other entries."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_openai import FakeOpenAI
from harness import Gateway, KongFile, ai_echo, ai_proxy, request
from harness.certificates import Certificates
from harness.collectors import HTTPCollector
from harness.reload import take
from harness.sdk import client, user

from .conftest import ENVIRONMENT

SECRET = "hush-1"
PRICES = {"input_cost": 0.15, "output_cost": 0.6}


def http_log(url: str, **config: Any) -> dict[str, Any]:
    return {"name": "http-log", "config": {"http_endpoint": url, **config}}


def queue(**more: Any) -> dict[str, Any]:
    return {"queue": {"initial_retry_delay": 0.001} | more}


@pytest.fixture(scope="module")
def collector() -> Iterator[HTTPCollector]:
    with HTTPCollector() as collector:
        yield collector


@pytest.fixture(scope="module")
def secured(certificates: Certificates) -> Iterator[HTTPCollector]:
    with HTTPCollector(certificates.server("collector", "IP:127.0.0.1")) as collector:
        yield collector


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def _file(collector: HTTPCollector, secured: HTTPCollector, fake: FakeOpenAI) -> KongFile:
    file = KongFile()
    echo = ai_echo()

    def route(path: str, plugin: dict[str, Any]) -> None:
        file.route(path, echo, plugin)

    route("/single", http_log(f"{collector.url}/single"))
    batch = queue(max_batch_size=5, max_coalescing_delay=0.2)
    secret = "{vault://env/E2E_COLLECTOR_KEY}"
    headers = {"headers": {"X-Key": secret, "X-Plain": "as it is"}}
    route("/batch", http_log(f"{collector.url}/batch", method="PUT", **batch, **headers))
    with_user = collector.url.replace("//", "//ann:p%40ss@")
    route("/user", http_log(f"{with_user}/user", content_type="application/json; charset=utf-8"))
    route("/flaky", http_log(f"{collector.url}/flaky", **queue()))
    route("/gone", http_log("http://127.0.0.1:9/gone", **queue(max_retry_time=-1)))
    slow = queue(max_entries=2, initial_retry_delay=1.5)
    route("/full", http_log(f"{collector.url}/full", **slow))
    route("/unverified", http_log(f"{secured.url}/unverified", ssl_verify=False))
    route("/verified", http_log(f"{secured.url}/verified", **queue(max_retry_time=-1)))
    chat = ai_proxy(f"{fake.url}/v1/chat/completions", options=PRICES)
    file.route("/chat", chat, http_log(f"{collector.url}/chat"))
    return file


@pytest.fixture(scope="module")
def gateway(
    collector: HTTPCollector,
    secured: HTTPCollector,
    shared_fake: FakeOpenAI,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    file = _file(collector, secured, shared_fake)
    environment = ENVIRONMENT | {"E2E_COLLECTOR_KEY": SECRET}
    with Gateway(file, tmp_path_factory.mktemp("http-log"), environment) as gateway:
        yield gateway
    assert SECRET not in gateway.log_text
    assert "p%40ss" not in gateway.log_text and "p@ss" not in gateway.log_text


def ask(gateway: Gateway, path: str) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}]}
    assert request(gateway.address, "POST", path, body).status == 200


def deliveries(gateway: Gateway, path: str) -> dict[str, Any] | None:
    """Numbers of the queue of a route; None: it has had no entry yet."""
    [plugin] = [
        plugin
        for service in gateway.admin("/services")["data"]
        if service["name"] == path.strip("/")
        for plugin in gateway.admin("/plugins")["data"]
        if plugin["name"] == "http-log" and (plugin["service"] or {}).get("id") == service["id"]
    ]
    all = gateway.admin("/status")["gateway"]["deliveries"]
    return next((one for one in all if one["instance"] == plugin["id"]), None)


def wait_for(gateway: Gateway, path: str, **numbers: Any) -> dict[str, Any]:
    """Polls: what is counted is no event that could be waited for."""
    for _ in range(400):
        found = deliveries(gateway, path)
        if found and all(found[name] == value for name, value in numbers.items()):
            return found
    raise AssertionError(f"never {numbers}: {found}")


def test_an_entry_is_one_object(gateway: Gateway, collector: HTTPCollector) -> None:
    ask(gateway, "/single/a?b=c")
    [posted] = collector.taken("/single", 1)
    assert posted.method == "POST"
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["host"] == f"127.0.0.1:{collector.port}"
    assert posted.body["request"]["uri"] == "/single/a?b=c"
    assert posted.body["route"]["name"] == "single-route"
    assert wait_for(gateway, "/single", delivered=1, waiting=0)["queued"] == 1


def test_batches_are_arrays(gateway: Gateway, collector: HTTPCollector) -> None:
    for number in range(7):
        ask(gateway, f"/batch/{number}")
    posted = collector.taken("/batch", 7)
    assert [len(one.body) for one in posted] == [5, 2], "the second one has waited for company"
    uris = [entry["request"]["uri"] for one in posted for entry in one.entries]
    assert sorted(uris) == [f"/batch/{number}" for number in range(7)]
    assert posted[0].method == "PUT"
    assert posted[0].headers["x-key"] == SECRET
    assert posted[0].headers["x-plain"] == "as it is"


def test_user_information_becomes_credentials(gateway: Gateway, collector: HTTPCollector) -> None:
    ask(gateway, "/user")
    [posted] = collector.taken("/user", 1)
    expected = base64.b64encode(b"ann:p@ss").decode()
    assert posted.headers["authorization"] == f"Basic {expected}"
    assert posted.headers["content-type"] == "application/json; charset=utf-8"
    shown = [plugin["config"] for plugin in gateway.admin("/plugins")["data"]]
    assert SECRET not in str(shown) and "p%40ss" not in str(shown)


def test_what_fails_is_sent_again(gateway: Gateway, collector: HTTPCollector) -> None:
    collector.failures["/flaky"] = 3
    ask(gateway, "/flaky")
    collector.taken("/flaky", 1)
    assert len([one for one in collector.posted.all if one.path == "/flaky"]) == 4
    assert wait_for(gateway, "/flaky", delivered=1)["retries"] == 3


def test_what_cannot_be_sent_is_counted(gateway: Gateway) -> None:
    ask(gateway, "/gone")
    found = wait_for(gateway, "/gone", waiting=0)
    assert found["dropped"] == {"failed": 1} and found["delivered"] == 0
    gateway.wait_for_log("entries lost")


def test_the_oldest_make_room(gateway: Gateway, collector: HTTPCollector) -> None:
    collector.failures["/full"] = 1
    ask(gateway, "/full/0")
    collector.posted.wait(lambda all: any(one.path == "/full" for one in all))
    for number in range(1, 6):
        ask(gateway, f"/full/{number}")
        wait_for(gateway, "/full", queued=number + 1)
    posted = collector.taken("/full", 3)
    assert [one.body["request"]["uri"] for one in posted] == ["/full/0", "/full/4", "/full/5"]
    assert wait_for(gateway, "/full", delivered=3)["dropped"] == {"full": 3}


def test_certificates_are_verified_unless_the_config_says_otherwise(
    gateway: Gateway, secured: HTTPCollector
) -> None:
    ask(gateway, "/verified")
    ask(gateway, "/unverified")
    secured.taken("/unverified", 1)
    assert wait_for(gateway, "/verified", waiting=0)["dropped"] == {"failed": 1}
    assert all(one.path != "/verified" for one in secured.posted.all)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_the_block_of_ai_is_there(
    gateway: Gateway, collector: HTTPCollector, fake: FakeOpenAI, stream: bool
) -> None:
    fake.plan(tokens=123)
    before = len([one for one in collector.posted.all if one.path == "/chat"])
    answer = client(f"{gateway.url}/chat").chat.completions.create(
        model="gpt-4o-mini", messages=user("one two three"), stream=stream
    )
    if stream:
        assert list(answer)
    usage = collector.taken("/chat", before + 1)[-1].body["ai"]["proxy"]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (9, 123)
    assert usage["cost"] == pytest.approx((9 * 0.15 + 123 * 0.6) / 1e6, rel=1e-12)


def test_a_reload_and_a_kill_lose_nothing(
    gateway: Gateway, collector: HTTPCollector, secured: HTTPCollector, shared_fake: FakeOpenAI
) -> None:
    collector.failures["/flaky"] = 4
    ask(gateway, "/flaky/reloaded")
    take(gateway, _file(collector, secured, shared_fake))
    gateway.kill("http-log")
    ask(gateway, "/flaky/after")
    uris = [one.body["request"]["uri"] for one in collector.taken("/flaky", 3)]
    assert uris[-2:] == ["/flaky/reloaded", "/flaky/after"]


def test_what_waits_leaves_before_the_end(tmp_path: Path, collector: HTTPCollector) -> None:
    file = KongFile()
    echo = ai_echo()
    waiting = queue(max_batch_size=1000, max_coalescing_delay=3600)
    file.route("/end", echo, http_log(f"{collector.url}/end", **waiting))
    with Gateway(file, tmp_path) as gateway:
        for number in range(3):
            ask(gateway, f"/end/{number}")
    [posted] = collector.taken("/end", 3)
    assert len(posted.body) == 3


def test_a_wrong_endpoint_is_a_wrong_configuration(tmp_path: Path) -> None:
    for config, message in (
        (http_log("ftp://example.com"), "config.http_endpoint: missing host in url"),
        (
            http_log("http://a:b@example.com", headers={"AuthoRization": "x"}),
            "specifying both an 'Authorization' header and user info in the URL is not allowed",
        ),
    ):
        file = KongFile().route("/", config)
        with pytest.raises(RuntimeError, match="did not become ready") as failure, Gateway(
            file, tmp_path
        ):
            pass
        assert message in str(failure.value)
