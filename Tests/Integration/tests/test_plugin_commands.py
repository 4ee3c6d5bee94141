# SPDX-License-Identifier: Apache-2.0
"""`patchbay plugin list`, `swap`, `rollback`, `status`, `top` against a gateway that runs, with plugins that do something."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.installation import HEADS, install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.asking import Asking
from harness.command import Done, patchbay

HEADERS = {"Authorization": f"Bearer {KEY}", "x-nonce": "n"}
PATH = "/heads/v1/models"
# What is wrong with a version, and how the command says it.
REFUSALS = {
    "2.0.0": (
        "start",
        "does not work: exited with status 3 while handshaking; "
        "it printed last: there is nothing for me here",
    ),
    "2.1.0": (
        "refuse",
        "rejects the configuration: services[0].plugins[0].config.does: not in this version (line 10)",
    ),
    "2.2.0": ("fail", "failed 3 of its first calls and was taken back; 9.0.0 serves"),
}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Not the folder of the packages: `new` is an executable that is not installed."""
    for version in ("1.0.0", "9.0.0"):
        install_chaos(HEADS, tmp_path / "plugins", tmp_path, version)
    for version, (flaw, _) in REFUSALS.items():
        install_chaos(HEADS, tmp_path / "plugins", tmp_path, version, flaw=flaw)
    install_chaos(HEADS, tmp_path / "elsewhere", tmp_path, "1.1.0")
    return tmp_path


@pytest.fixture
def gateway(scratch: Path, fake: FakeOpenAI) -> Iterator[Gateway]:
    file = KongFile().route("/heads", {"name": HEADS}, url=fake.url)
    with Gateway(file, scratch, plugins=scratch / "plugins") as running:
        yield running


def plugin(gateway: Gateway, *arguments: str, at: Path | None = None) -> Done:
    return patchbay("plugin", *arguments, "--admin", f"127.0.0.1:{gateway.admin_port}", at=at)


def ask(gateway: Gateway, fake: FakeOpenAI) -> str | None:
    """The version that an exchange went through."""
    assert request(gateway.address, "GET", PATH, None, HEADERS).status == 200
    return fake.last.header("x-version")


def installed(scratch: Path) -> list[str]:
    done = patchbay("plugin", "list", "--plugins", scratch / "plugins", "--json")
    return [package["version"] for package in done.json["data"]]


def test_there_by_version_and_by_path_and_back(
    gateway: Gateway, scratch: Path, fake: FakeOpenAI
) -> None:
    assert installed(scratch) == ["9.0.0", "2.2.0", "2.1.0", "2.0.0", "1.0.0"]
    assert ask(gateway, fake) == "9.0.0"
    done = plugin(gateway, "swap", HEADS, "1.0.0")
    assert done.status == 0, done
    assert re.match(rf"{HEADS} 1\.0\.0 serves; 9\.0\.0 finishes \(\d+ ms\)\n\n", done.out), done
    rows = {row["VERSION"]: row for row in done.table}
    assert (rows["1.0.0"]["ROLE"], rows["1.0.0"]["STATE"]) == ("stable", "ready")
    assert ask(gateway, fake) == "1.0.0"

    # A relative path is the caller's, not the gateway's; the gateway installs what is there.
    done = plugin(gateway, "swap", HEADS, f"./{HEADS}-1.1.0", "--json", at=scratch)
    answer = done.json
    assert (answer["action"], answer["from"], answer["to"]) == ("swap", "1.0.0", "1.1.0")
    [serves] = [one for one in answer["data"] if one["role"] == "stable"]
    assert (serves["version"], serves["state"]) == ("1.1.0", "ready")
    assert "1.1.0" in installed(scratch)
    assert ask(gateway, fake) == "1.1.0"

    done = plugin(gateway, "rollback", HEADS)
    assert done.status == 0 and done.out.startswith(f"{HEADS} is back at 1.0.0; 1.1.0 finishes")
    assert ask(gateway, fake) == "1.0.0"


def test_what_is_refused_is_one_line_and_changes_nothing(
    gateway: Gateway, scratch: Path, fake: FakeOpenAI
) -> None:
    before = plugin(gateway, "status", HEADS, "--json").json["data"][0]["pid"]
    with Asking(gateway, PATH, HEADERS) as asking:
        for version, (_, reason) in REFUSALS.items():
            assert plugin(gateway, "swap", HEADS, version).refusal == f"{HEADS} {version} {reason}"
    assert len(asking.statuses) > 10 and set(asking.statuses) == {200}
    folder = scratch / "plugins"
    versions = "9.0.0, 2.2.0, 2.1.0, 2.0.0, 1.0.0"
    assert plugin(gateway, "swap", HEADS, "7.7.7").refusal == (
        f"plugin '{HEADS}' 7.7.7 is not installed in {folder}; there are {versions}"
    )
    (scratch / "text").write_text("no executable")
    refusal = plugin(gateway, "swap", HEADS, "./text", at=scratch).refusal
    assert str(scratch / "text") in refusal
    for command in ("swap", "rollback", "promote"):
        more = ["1.0.0"] if command == "swap" else []
        refusal = plugin(gateway, command, "nobody", *more).refusal
        assert refusal == "no plugin 'nobody' is in the configuration"
    assert plugin(gateway, "rollback", HEADS).refusal == (
        f"no version of '{HEADS}' has served before 9.0.0"
    )
    refusal = plugin(gateway, "swap", HEADS, "1.0.0", "--canary", "100%").refusal
    assert refusal == "The value '100%' is invalid for '--canary <percent>'"
    assert ask(gateway, fake) == "9.0.0"
    [process] = plugin(gateway, "status", HEADS, "--json").json["data"]
    assert (process["pid"], process["state"]) == (before, "ready")


def test_a_canary_stands_beside_the_stable_one(gateway: Gateway, fake: FakeOpenAI) -> None:
    done = plugin(gateway, "swap", HEADS, "1.0.0", "--canary", "25%")
    assert done.status == 0, done
    assert done.out.startswith(f"25 % of the exchanges go to {HEADS} 1.0.0"), done
    loops = os.cpu_count() or 1
    for _ in range(40 * loops):
        ask(gateway, fake)
    stable, canary = plugin(gateway, "status", HEADS).table
    assert (stable["VERSION"], stable["ROLE"]) == ("9.0.0", "stable")
    assert (canary["VERSION"], canary["ROLE"]) == ("1.0.0", "canary 25%")
    through = [one.header("x-version") for one in fake.requests].count("1.0.0")
    # A call for the request, one for the response.
    assert (int(canary["CALLS"]), canary["FAILED"]) == (2 * through, "0")
    assert int(stable["CALLS"]) == 2 * (40 * loops - through)
    for row in (stable, canary):
        assert re.fullmatch(r"[\d.]+ (µs|ms)", row["P50"]), row
        assert re.fullmatch(r"[\d.]+ (µs|ms)", row["P99"]), row
    assert plugin(gateway, "swap", HEADS, "1.0.0").refusal == (
        f"a canary of '{HEADS}' is running: promote it or roll it back first"
    )
    done = plugin(gateway, "promote", HEADS)
    assert done.status == 0, done
    assert ask(gateway, fake) == "1.0.0"
    assert plugin(gateway, "promote", HEADS).status == 1


def test_top_shows_what_goes_on(gateway: Gateway) -> None:
    with Asking(gateway, PATH, HEADERS) as asking:
        [process] = plugin(gateway, "top", "--once", "--json").json["data"]
        [row] = plugin(gateway, "top", "--once").table
    assert set(asking.statuses) == {200}
    assert (process["plugin"], process["version"], process["state"]) == (HEADS, "9.0.0", "ready")
    # The load was there during the whole of both intervals; each exchange is two calls.
    assert 0 < process["calls_per_second"] <= 2 * len(asking.statuses)
    assert process["errors_per_second"] == 0
    assert 0 < process["cpu_percent"] <= 110
    assert process["p99_us"] >= process["p50_us"] > 0 and process["rss"] > 1 << 20
    assert row["PLUGIN"] == HEADS and row["ROLE"] == "stable"
    [idle] = plugin(gateway, "top", "--once", "--json").json["data"]
    assert (idle["calls_per_second"], idle["in_flight"]) == (0, 0)
