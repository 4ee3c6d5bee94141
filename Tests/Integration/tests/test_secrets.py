# SPDX-License-Identifier: Apache-2.0
"""The upstream's key is nowhere but in the host's memory and on the wire to the upstream."""

from pathlib import Path

from fake_openai import KEY, FakeOpenAI, Plan
from fake_openai.errors import wrong_key
from harness import Gateway, LogFile, request
from harness.processes import descendants, environment, memory_has, program
from harness.sdk import user

ROUTES = ["/chat", "/query-auth", "/body-auth", "/override", "/preserve/v1/chat/completions"]


def use_the_key(gateway: Gateway, fake: FakeOpenAI, test_id: str = "") -> int:
    """By every way of injecting it, plain and streamed, answered and refused; how many requests it were."""
    headers = {"x-test": test_id}
    for path in ROUTES:
        for stream in (False, True):
            body = {"model": "gpt-4o-mini", "messages": user(), "stream": stream}
            assert request(gateway.address, "POST", path, body, headers).status == 200
    fake.always(lambda: Plan(error=wrong_key(KEY)))
    body = {"messages": user()}
    assert request(gateway.address, "POST", "/chat", body, headers).status == 401
    return 2 * len(ROUTES) + 1


def plugin_processes(gateway: Gateway) -> list[int]:
    host = program(gateway.pid)
    return [pid for pid in descendants(gateway.pid) if program(pid) != host]


def test_plugins_never_hold_the_key(gateway: Gateway, fake: FakeOpenAI) -> None:
    # Clients of other tests have sent the key themselves, and log plugins have seen it.
    for plugin in {process["plugin"] for process in gateway.processes()}:
        gateway.restart(plugin)
    use_the_key(gateway, fake)
    assert memory_has(gateway.pid, KEY.encode()), "the scan finds nothing even in the host"
    plugins = plugin_processes(gateway)
    names = {Path(program(pid)).name for pid in plugins}
    assert len(plugins) >= 3, f"expected ai-proxy, ai-echo and file-log to run, found {names}"
    for pid in plugins:
        found = memory_has(pid, KEY.encode())
        assert not found, f"the key is in the memory of {program(pid)}: {found}"


def test_plugins_have_an_empty_environment(gateway: Gateway) -> None:
    plugins = plugin_processes(gateway)
    assert plugins
    for pid in plugins:
        assert environment(pid) == b"", f"{program(pid)} has an environment"


def test_the_spawner_has_no_key(gateway: Gateway) -> None:
    host = program(gateway.pid)
    spawners = [pid for pid in descendants(gateway.pid) if program(pid) == host]
    assert spawners
    for pid in spawners:
        assert KEY.encode() not in environment(pid)


def test_the_key_is_in_no_log_and_no_admin_answer(
    gateway: Gateway, fake: FakeOpenAI, log_file: LogFile, test_id: str
) -> None:
    count = use_the_key(gateway, fake, test_id)
    assert len(log_file.entries(test_id, count)) == count, "all of it is written by now"
    for path in ("/status", "/plugins/processes"):
        assert KEY.encode() not in gateway.admin_bytes(path), path
    assert KEY not in gateway.log_text
    assert KEY.encode() not in log_file.path.read_bytes()


def test_the_clients_answer_never_has_the_key(gateway: Gateway, fake: FakeOpenAI) -> None:
    for path in ROUTES:
        body = {"model": "gpt-4o-mini", "messages": user()}
        response = request(gateway.address, "POST", path, body)
        assert KEY not in str(response.headers)
        assert KEY.encode() not in response.body
