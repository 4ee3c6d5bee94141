# SPDX-License-Identifier: Apache-2.0
"""`patchbay plugin swap`, `status`, `top` and their like, against an admin API that is strict."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_admin import FakeAdmin, FakePlugin
from harness.command import Done, patchbay
from harness.gateway import BINARY, free_ports


@pytest.fixture
def plugin() -> FakePlugin:
    return FakePlugin("ai-echo", ["0.0.9", "1.1.0", "1.2.0"], "1.1.0")


@pytest.fixture
def admin(plugin: FakePlugin) -> Iterator[FakeAdmin]:
    with FakeAdmin(plugin, FakePlugin("file-log", ["2.0.0"], "2.0.0")) as running:
        yield running


def ask(admin: FakeAdmin, *arguments: str, at: Path | None = None) -> Done:
    return patchbay("plugin", *arguments, "--admin", admin.address, at=at)


def test_a_swap_to_a_version(admin: FakeAdmin, plugin: FakePlugin) -> None:
    done = ask(admin, "swap", "ai-echo", "1.2.0")
    assert done.status == 0, done
    assert admin.requests == [("PUT", "/plugins/processes/ai-echo", {"version": "1.2.0"})]
    assert done.out.startswith("ai-echo went from 1.1.0 to 1.2.0 (")
    [row] = done.table
    assert (row["PLUGIN"], row["VERSION"], row["ROLE"]) == ("ai-echo", "1.2.0", "stable")
    assert plugin.running == "1.2.0"


def test_a_swap_to_a_path_sends_the_absolute_one(admin: FakeAdmin, tmp_path: Path) -> None:
    (tmp_path / "3.0.0").mkdir()
    (tmp_path / "3.0.0/new").write_text("")
    done = ask(admin, "swap", "ai-echo", "3.0.0/new", at=tmp_path)
    assert done.status == 0, done
    assert admin.requests[0][2] == {"path": f"{tmp_path}/3.0.0/new"}


def test_a_canary_is_shown_beside_the_stable_one(admin: FakeAdmin) -> None:
    arguments = ["swap", "ai-echo", "1.2.0", "--canary", "10%", "--promote-after", "5m"]
    done = ask(admin, *arguments)
    assert done.status == 0, done
    assert admin.requests[0][2] == {"version": "1.2.0", "canary": 10, "promote_after": 300}
    stable, canary = done.table
    assert (stable["ROLE"], canary["ROLE"]) == ("stable", "canary 10%")
    assert (stable["FAILED"], canary["FAILED"]) == ("0", "2 (5.0%)")
    assert (stable["P99"], canary["P99"]) == ("1.5 ms", "9.1 ms")
    assert ask(admin, "swap", "ai-echo", "1.1.0").refusal == "another swap is under way"
    promoted = ask(admin, "promote", "ai-echo")
    assert promoted.out.startswith("ai-echo 1.2.0 gets all exchanges")
    assert [row["VERSION"] for row in promoted.table] == ["1.2.0"]


def test_a_rollback(admin: FakeAdmin) -> None:
    assert (
        ask(admin, "rollback", "ai-echo").refusal == "there is no version of ai-echo to go back to"
    )
    assert ask(admin, "swap", "ai-echo", "1.2.0").status == 0
    answer = ask(admin, "rollback", "ai-echo", "--json").json
    assert (answer["action"], answer["from"], answer["to"]) == ("rollback", "1.2.0", "1.1.0")
    assert admin.requests[-1] == ("POST", "/plugins/processes/ai-echo/rollback", None)


def test_what_the_gateway_refuses_is_told(admin: FakeAdmin, plugin: FakePlugin) -> None:
    rejected = ask(admin, "swap", "ai-echo", "0.0.9").refusal
    assert rejected == "ai-echo 0.0.9 rejects the configuration: no such field"
    assert (
        ask(admin, "swap", "ai-echo", "9.0.0").refusal == "plugin 'ai-echo' 9.0.0 is not installed"
    )
    for command in (["status", "nobody"], ["rollback", "nobody"], ["attach", "nobody"]):
        assert ask(admin, *command).refusal == "no plugin 'nobody' is configured"
    assert ask(admin, "promote", "ai-echo").refusal == "ai-echo has no canary"
    assert ask(admin, "detach", "ai-echo").refusal == "nothing is attached to ai-echo"
    assert plugin.running == "1.1.0"


def test_what_is_no_name_is_not_asked_for(admin: FakeAdmin) -> None:
    refusal = ask(admin, "status", "../status").refusal
    assert refusal == "'../status' is no name of a plugin: [a-z0-9][a-z0-9-]*"
    assert admin.requests == []


def test_a_process_is_attached_and_detached(admin: FakeAdmin) -> None:
    done = ask(admin, "attach", "ai-echo", "--header", "x-dev: alice")
    assert done.status == 0, done
    assert admin.requests[0][2] == {"header": "x-dev: alice"}
    assert "socket: /run/patchbay/ai-echo.sock\n" in done.out
    assert ask(admin, "detach", "ai-echo").status == 0
    assert ask(admin, "attach", "ai-echo", "--json").json["socket"] == "/run/patchbay/ai-echo.sock"
    assert admin.requests[-1][2] == {}


def test_the_status_of_all_and_of_one(admin: FakeAdmin) -> None:
    assert [row["PLUGIN"] for row in ask(admin, "status").table] == ["ai-echo", "file-log"]
    [row] = ask(admin, "status", "file-log").table
    assert row["SANDBOX"] == "full"
    assert row["FOR"] == "1m"
    assert row["RSS"] == "7.0 MiB"


def test_programs_get_what_the_gateway_said(admin: FakeAdmin) -> None:
    answer = ask(admin, "status", "file-log", "--json").json
    [process] = answer["data"]
    # Also what this version of the command does not know.
    assert process["of_the_future"] == {"x": [1]}
    assert process["sandbox"] == {"level": "full", "parts": ["landlock"], "missing": []}


def test_why_a_process_does_not_serve_is_told(admin: FakeAdmin, plugin: FakePlugin) -> None:
    plugin.state = {
        "state": "backoff",
        "reason": "exited with status 3",
        "next": "a restart",
        "last_lines": ["one", "gone\x1b[2J"],
        "pid": None,
    }
    lines = ask(admin, "status").out.splitlines()
    assert lines[-1] == (
        "ai-echo 1.1.0: backoff: exited with status 3; next: a restart; it printed last: gone [2J"
    )


def test_the_environment_names_the_gateway(admin: FakeAdmin) -> None:
    done = patchbay("plugin", "status", environment={"PATCHBAY_ADMIN": admin.address})
    assert done.status == 0, done


def test_no_gateway_is_one_line() -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    refusal = patchbay("plugin", "status", "--admin", address).refusal
    assert refusal == f"no gateway answers at {address}: is `patchbay run` running?"
    refusal = patchbay("plugin", "status", "--admin", "no-such-host.invalid:1").refusal
    assert refusal.startswith("cannot connect to no-such-host.invalid:1: ")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "closed the connection before it had answered"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", "closed the connection before"),
        (b"I am no HTTP\r\n\r\n", "what it sends is no HTTP"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            "its answer, of status 200, is no JSON",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "its answer has no processes in it"),
        (b"HTTP/1.1 500 Odd\r\ncontent-length: 2\r\n\r\n{}", "with status 500 and no message"),
    ],
    ids=["closed", "cut", "no-http", "no-json", "no-processes", "no-message"],
)
def test_what_is_no_admin_api(admin: FakeAdmin, raw: bytes, reason: str) -> None:
    admin.raw = raw
    refusal = ask(admin, "status").refusal
    assert admin.address in refusal
    assert reason in refusal


def test_top_shows_what_happened_in_an_interval(admin: FakeAdmin, plugin: FakePlugin) -> None:
    def count(looks: int) -> None:
        plugin.counts = {"calls": 1000 * looks, "failed": 10 * looks, "cpu_us": 250_000 * looks}

    admin.before_look = count
    answer = ask(admin, "top", "--once", "--json").json
    first, second = answer["data"]
    # The interval is a second and what two requests took.
    assert 500 < first["calls_per_second"] <= 1000
    assert first["errors_per_second"] == pytest.approx(first["calls_per_second"] / 100)
    assert first["cpu_percent"] == pytest.approx(first["calls_per_second"] / 40)
    assert second["calls_per_second"] == 0
    assert len(admin.requests) == 2
    done = ask(admin, "top", "--once")
    assert done.table[0]["PLUGIN"] == "ai-echo"
    assert "\x1b" not in done.out


def test_top_goes_on_until_it_is_interrupted(admin: FakeAdmin) -> None:
    looked = threading.Event()
    admin.before_look = lambda looks: looked.set() if looks == 2 else None
    command = [str(BINARY), "plugin", "top", "--json", "--admin", admin.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as top:
        assert looked.wait(20)
        assert top.stdout
        first = json.loads(top.stdout.readline())
        assert first["action"] == "top"
        os.kill(top.pid, signal.SIGINT)
        assert top.wait(20) == 0


def test_top_ends_with_the_gateway(admin: FakeAdmin) -> None:
    def leave(looks: int) -> None:
        if looks == 1:
            admin.raw = b""

    admin.before_look = leave
    done = ask(admin, "top")
    assert done.status == 1
    assert done.err == (
        f"patchbay: the gateway at {admin.address} closed the connection before it had answered\n"
    )
