# SPDX-License-Identifier: Apache-2.0
"""A running gateway takes another configuration, or refuses it whole."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chaos.installation import HEADS, LINES, install
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, ai_proxy, file_log, request
from harness.client import Response, connect, start
from harness.kong import KEY_VARIABLE
from harness.processes import descendants
from harness.reload import REFUSED, TAKEN, hang_up, post, post_file, take

from .test_check import check
from .test_swaps import crash

HEADERS = {"Authorization": f"Bearer {KEY}", "x-nonce": "n"}
ENVIRONMENT = {KEY_VARIABLE: f"Bearer {KEY}", "WRONG": "Bearer wrong"}


@contextlib.contextmanager
def running(file: KongFile, directory: Path, **more: Any) -> Iterator[Gateway]:
    with Gateway(file, directory, ENVIRONMENT, **more) as gateway:
        yield gateway


def echo(model: str, **config: Any) -> dict[str, Any]:
    return {"name": "ai-echo", "config": {"model": model, **config}}


def say(gateway: Gateway, text: str = "hello", path: str = "/echo") -> Response:
    body = {"messages": [{"role": "user", "content": text}]}
    return request(gateway.address, "POST", path, body)


def model(gateway: Gateway) -> str:
    answer = say(gateway)
    assert answer.status == 200, answer
    return str(answer.json()["model"])


def generation(gateway: Gateway) -> int:
    return int(gateway.admin("/status")["configuration"]["generation"])


def plugins_with_processes(gateway: Gateway) -> list[str]:
    return [one["plugin"] for one in gateway.processes()]


def test_a_route_comes_and_another_goes(tmp_path: Path, fake: FakeOpenAI) -> None:
    with running(KongFile().route("/one", url=fake.url), tmp_path) as gateway:
        assert generation(gateway) == 1
        take(gateway, KongFile().route("/two", url=fake.url))
        assert generation(gateway) == 2
        assert request(gateway.address, "GET", "/two/v1/models", None, HEADERS).status == 200
        assert request(gateway.address, "GET", "/one/v1/models", None, HEADERS).status == 404
        both = KongFile().route("/one", url=fake.url).route("/two", url=fake.url)
        assert post_file(gateway, both).status == 201
        for path in ("/one", "/two"):
            answer = request(gateway.address, "GET", f"{path}/v1/models", None, HEADERS)
            assert answer.status == 200


def test_a_stream_ends_with_the_config_that_it_began_with(tmp_path: Path) -> None:
    with running(KongFile().route("/echo", echo("old", interval=30)), tmp_path) as gateway:
        connection = connect(gateway.address)
        text = " ".join(f"word-{number}" for number in range(40))
        body = {"stream": True, "messages": [{"role": "user", "content": text}]}
        start(connection, "POST", "/echo", body)
        response = connection.getresponse()
        stream = response.read1(1)
        pid = gateway.processes()[0]["pid"]
        # The entries change places, and so their numbers: what is old must be found by its generation.
        file = KongFile().route("/first", file_log(tmp_path / "log")).route("/echo", echo("new"))
        take(gateway, file)
        assert model(gateway) == "new"
        stream += response.read()
        connection.close()
        assert b'"model":"old"' in stream and b'"model":"new"' not in stream
        assert b"word-39" in stream and b"data: [DONE]" in stream
        echoes = gateway.processes("ai-echo")
        assert [one["pid"] for one in echoes] == [pid], "its process goes on"
        assert echoes[0]["restarts"] == 0


def test_a_plugin_comes_and_goes_with_its_processes(tmp_path: Path, fake: FakeOpenAI) -> None:
    log = file_log(tmp_path / "file.log")
    plain = KongFile().route("/plain", url=fake.url)
    with running(plain, tmp_path) as gateway:
        assert plugins_with_processes(gateway) == []
        take(gateway, KongFile().route("/plain", log, url=fake.url).route("/echo", echo("m")))
        assert plugins_with_processes(gateway) == ["ai-echo", "file-log"]
        assert model(gateway) == "m"
        take(gateway, plain)
        gone(gateway)
        assert say(gateway).status == 404
        assert request(gateway.address, "GET", "/plain/v1/models", None, HEADERS).status == 200
        take(gateway, KongFile().route("/echo", echo("again")))
        assert model(gateway) == "again"


def gone(gateway: Gateway) -> None:
    """Waits until no plugin has a process. The admin API tells no events: it is asked again."""
    deadline = time.monotonic() + 10
    while left := plugins_with_processes(gateway):
        assert time.monotonic() < deadline, left
    # The spawner stays.
    assert len(descendants(gateway.pid)) == 1


def test_a_plugin_that_is_named_no_more_stays_for_its_streams(tmp_path: Path) -> None:
    with running(KongFile().route("/echo", echo("m", interval=20)), tmp_path) as gateway:
        connection = connect(gateway.address)
        body = {"stream": True, "messages": [{"role": "user", "content": "a b c d e f g h i j"}]}
        start(connection, "POST", "/echo", body)
        response = connection.getresponse()
        stream = response.read1(1)
        take(gateway, KongFile().route("/plain"))
        assert plugins_with_processes(gateway) == ["ai-echo"]
        stream += response.read()
        connection.close()
        assert b"data: [DONE]" in stream
        gone(gateway)


def broken(kind: str) -> str:
    good = KongFile().route("/echo", echo("bad"))
    match kind:
        case "yaml":
            return "_format_version: '3.0'\nservices: [}\n"
        case "field":
            good.services[0]["retriez"] = 1
        case "config":
            good.services[0]["plugins"][0]["config"]["interval"] = "slow"
        case "both":
            good.services[0]["retries"] = -1
            good.services[0]["plugins"][0]["config"]["interval"] = "slow"
        case "plugin":
            good.route("/x", {"name": "no-such-plugin"})
        case "pattern":
            good.route("~/x(")
        case "variable":
            good.route("/x", echo("{vault://env/not-set}"))
        case "empty":
            return ""
    return good.text


@pytest.mark.parametrize(
    "kind", ["yaml", "field", "config", "both", "plugin", "pattern", "variable", "empty"]
)
def test_a_bad_one_is_refused_whole_with_the_messages_of_check(
    tmp_path: Path, start_echo: Gateway, kind: str
) -> None:
    text = broken(kind)
    checked = checks(text, tmp_path)
    messages = hang_up(start_echo, text)
    assert messages[-1].startswith(REFUSED)
    assert messages[1:-1] == checked
    answer = post(start_echo, text.encode(), **{"Content-Type": "text/yaml"})
    assert answer.status == 400
    if kind != "empty":
        refusal = answer.json()
        assert (refusal["code"], refusal["name"]) == (14, "invalid declarative configuration")
        assert [described(error) for error in refusal["errors"]] == checked
    assert model(start_echo) == "good"
    assert generation(start_echo) == 1


def checks(text: str, directory: Path) -> list[str]:
    """What `patchbay check` says of it."""

    class Text(KongFile):
        def write(self, path: Path) -> Path:
            path.write_text(text)
            return path

    (directory / "checked").mkdir()
    done = check(Text(), directory / "checked")
    assert done.returncode == 1, done
    return done.stderr.splitlines()[:-1]


def described(error: dict[str, Any]) -> str:
    line = f" (line {error['line']})" if "line" in error else ""
    return (
        f"{error['place']}: {error['message']}{line}" if error["place"] else error["message"] + line
    )


@pytest.fixture
def start_echo(tmp_path: Path) -> Iterator[Gateway]:
    with running(KongFile().route("/echo", echo("good")), tmp_path) as gateway:
        yield gateway


def test_nothing_of_a_bad_one_is_left(start_echo: Gateway, tmp_path: Path) -> None:
    file = KongFile().route("/x", file_log(tmp_path / "log"), echo("m", interval="slow"))
    hang_up(start_echo, file)
    deadline = time.monotonic() + 10
    while (left := plugins_with_processes(start_echo)) != ["ai-echo"]:
        assert time.monotonic() < deadline, left


def test_what_needs_a_restart_is_refused_and_named(start_echo: Gateway) -> None:
    file = KongFile(listen="127.0.0.1:1", workers=1).route("/echo", echo("new"))
    messages = hang_up(start_echo, file)
    for name in ("patchbay.listen", "patchbay.workers"):
        said = f"{name}: cannot be changed while the gateway runs: it needs a restart (line "
        assert any(text.startswith(said) for text in messages), messages
    assert model(start_echo) == "good"


def test_the_file_that_was_written_last_counts(start_echo: Gateway) -> None:
    for number in range(10):
        file = KongFile().route("/echo", echo(f"m-{number}"))
        file.write(start_echo.directory / "kong.yml")
        os.kill(start_echo.pid, signal.SIGHUP)
    take(start_echo, KongFile().route("/echo", echo("last")))
    # Signals that came together are one; what was read last is what was written last.
    deadline = time.monotonic() + 10
    while (found := model(start_echo)) != "last":
        assert time.monotonic() < deadline, found


def test_many_posts_at_once_take_turns(start_echo: Gateway) -> None:
    answers: list[Response] = []

    def one(number: int) -> None:
        answers.append(post_file(start_echo, KongFile().route("/echo", echo(f"m-{number}"))))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [201] * 12
    numbers = sorted(int(answer.header("x-patchbay-generation") or 0) for answer in answers)
    assert numbers == list(range(2, 14))
    assert model(start_echo).startswith("m-")


def test_a_secret_changes(tmp_path: Path, fake: FakeOpenAI) -> None:
    def proxy(variable: str) -> KongFile:
        auth = {"header_name": "Authorization", "header_value": f"{{vault://env/{variable}}}"}
        return KongFile().route("/chat", ai_proxy(f"{fake.url}/v1/chat/completions", auth=auth))

    body = {"messages": [{"role": "user", "content": "hi"}]}
    with running(proxy(KEY_VARIABLE), tmp_path) as gateway:
        assert request(gateway.address, "POST", "/chat", body).status == 200
        take(gateway, proxy("WRONG"))
        assert request(gateway.address, "POST", "/chat", body).status == 401
        take(gateway, proxy(KEY_VARIABLE))
        assert request(gateway.address, "POST", "/chat", body).status == 200
        config = gateway.admin("/config")["config"]
        assert f"{{vault://env/{KEY_VARIABLE}}}" in config
        for text in (KEY, "Bearer wrong"):
            assert text not in config and text not in gateway.log_text


def test_the_settings_of_processes_change(tmp_path: Path) -> None:
    def file(**settings: Any) -> KongFile:
        made = KongFile(**({"processes": {"ai-echo": settings}} if settings else {}))
        return made.route("/echo", echo("m"))

    def pids(gateway: Gateway, count: int) -> set[int]:
        """The processes, once there are so many."""
        deadline = time.monotonic() + 10
        while True:
            found = gateway.processes()
            if len(found) == count and all(one["state"] == "ready" for one in found):
                return {one["pid"] for one in found}
            assert time.monotonic() < deadline, found

    with running(file(), tmp_path) as gateway:
        first = pids(gateway, 1)
        take(gateway, file(instances=3))
        three = pids(gateway, 3)
        assert first < three
        take(gateway, file())
        assert pids(gateway, 1) == first
        # Limits cannot be changed under a process: another one takes its place.
        take(gateway, file(memory="256MiB"))
        assert not pids(gateway, 1) & first
        assert model(gateway) == "m"


def test_a_process_that_is_started_again_has_the_newest_configuration(
    start_echo: Gateway,
) -> None:
    take(start_echo, KongFile().route("/x").route("/echo", echo("new")))
    start_echo.kill()
    assert model(start_echo) == "new"


@pytest.fixture(scope="module")
def chaos_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chaos")
    return install(folder / "plugins", folder)


def test_a_canary_goes_on_with_the_new_configuration(
    chaos_plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    def file(*paths: str) -> KongFile:
        made = KongFile()
        for path in paths:
            made.route(path, {"name": HEADS}, url=fake.url)
        return made

    def serving(gateway: Gateway) -> list[tuple[str, str]]:
        data = gateway.processes()
        return sorted((one["plugin"], one["role"]) for one in data)

    with running(file("/one"), tmp_path, plugins=chaos_plugins) as gateway:
        order = {"version": "1.0.0", "canary": 50}
        path = f"/plugins/processes/{HEADS}"
        address = ("127.0.0.1", gateway.admin_port)
        assert request(address, "PUT", path, order).status == 200
        take(gateway, file("/two", "/one"))
        assert serving(gateway) == [(HEADS, "canary"), (HEADS, "stable")]
        for asked in ("/one", "/two") * 4:
            answer = request(gateway.address, "GET", f"{asked}/v1/models", None, HEADERS)
            assert answer.status == 200
        assert all(one["calls"] >= 3 for one in gateway.admin(path)["data"])
        assert request(address, "POST", f"{path}/promote").status == 200
        answer = request(gateway.address, "GET", "/two/v1/models", None, HEADERS)
        assert answer.status == 200
        # Without the plugin there is nothing left to try out.
        assert request(address, "PUT", path, order).status == 200
        take(gateway, KongFile().route("/plain", url=fake.url))
        gone(gateway)


def test_an_attached_process_goes_on_with_the_new_configuration(
    chaos_plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    made = KongFile().route("/one", {"name": LINES, "config": {"does": "lines"}}, url=fake.url)
    with running(made, tmp_path, plugins=chaos_plugins) as gateway:
        address = ("127.0.0.1", gateway.admin_port)
        socket = request(address, "POST", f"/plugins/processes/{LINES}/attach").json()["socket"]
        [executable] = (chaos_plugins / LINES / "1.0.0").glob(LINES)
        process = subprocess.Popen([executable, "--attach", socket])
        try:
            gateway.wait_for_log("a process was attached")
            made.route("/two", {"name": LINES, "config": {"does": "lines"}}, url=fake.url)
            take(gateway, made)
            answer = request(gateway.address, "GET", "/two/v1/models", None, HEADERS)
            assert answer.status == 200, answer
            states = {one["role"]: one for one in gateway.processes()}
            assert states["attached"]["state"] == "ready", states
            assert "gets no more exchanges" not in gateway.log_text
        finally:
            process.kill()
            process.wait()


def test_an_empty_file_at_the_start_is_filled_later(tmp_path: Path) -> None:
    with running(KongFile(), tmp_path) as gateway:
        assert say(gateway).status == 404
        take(gateway, KongFile().route("/echo", echo("m")))
        assert model(gateway) == "m"
        assert TAKEN in gateway.log_text


def test_new_processes_come_where_none_works_any_more(
    chaos_plugins: Path, tmp_path: Path, fake: FakeOpenAI
) -> None:
    made = KongFile().route("/one", {"name": HEADS}, url=fake.url)
    with running(made, tmp_path, plugins=chaos_plugins) as gateway:
        crash(gateway)
        [before] = gateway.processes()
        assert before["state"] == "quarantined", before
        take(gateway, made.route("/two", {"name": HEADS}, url=fake.url))
        for path in ("/one", "/two"):
            answer = request(gateway.address, "GET", f"{path}/v1/models", None, HEADERS)
            assert answer.status == 200, answer


def test_the_end_during_a_reload_is_an_end(start_echo: Gateway) -> None:
    KongFile().route("/echo", echo("new")).write(start_echo.directory / "kong.yml")
    os.kill(start_echo.pid, signal.SIGHUP)
    assert start_echo.stop() == 0
