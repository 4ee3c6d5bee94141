# SPDX-License-Identifier: Apache-2.0
"""`patchbay plugin list`, `swap`, `status`, `rollback` and `top` with a real gateway and real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.installation import HEADS, install_chaos
from fake_openai import KEY, FakeOpenAI
from harness import Gateway, KongFile, request
from harness.command import Done, patchbay

HEADERS = {"Authorization": f"Bearer {KEY}", "x-nonce": "n"}


@pytest.fixture
def gateway(tmp_path: Path, fake: FakeOpenAI) -> Iterator[Gateway]:
    plugins = tmp_path / "plugins"
    for version in ("1.0.0", "1.1.0"):
        install_chaos(HEADS, plugins, tmp_path, version)
    # Left where it was built, for a swap to a path.
    install_chaos(HEADS, tmp_path / "elsewhere", tmp_path, "3.0.0")
    file = KongFile(processes={HEADS: {"instances": 2}})
    file.route("/heads", {"name": HEADS}, url=fake.url)
    with Gateway(file, tmp_path, plugins=plugins) as running:
        yield running


def plugin(gateway: Gateway, *arguments: str | Path) -> Done:
    return patchbay("plugin", *arguments, "--admin", f"127.0.0.1:{gateway.admin_port}")


def ask(gateway: Gateway, count: int) -> None:
    for _ in range(count):
        answer = request(gateway.address, "GET", "/heads/v1/models", None, HEADERS)
        assert answer.status == 200, answer


def test_there_to_a_path_and_back(gateway: Gateway, tmp_path: Path) -> None:
    done = plugin(gateway, "swap", HEADS, "1.0.0")
    assert done.out.startswith(f"{HEADS} 1.0.0 serves; 1.1.0 finishes ("), done
    assert [(row["VERSION"], row["STATE"]) for row in done.table if row["ROLE"] == "stable"] == [
        ("1.0.0", "ready")
    ] * 2
    done = plugin(gateway, "swap", HEADS, tmp_path / f"{HEADS}-3.0.0", "--json")
    assert (done.json["from"], done.json["to"]) == ("1.0.0", "3.0.0")
    assert (tmp_path / "plugins" / HEADS / "3.0.0" / "manifest.json").exists()
    ask(gateway, 1)
    done = plugin(gateway, "rollback", HEADS)
    assert done.status == 0 and "3.0.0" in done.out and "1.0.0" in done.out, done
    versions = {row["VERSION"] for row in plugin(gateway, "status").table if row["ROLE"] == "stable"}
    assert versions == {"1.0.0"}
    listed = patchbay("plugin", "list", "--plugins", tmp_path / "plugins").table
    assert {row["VERSION"] for row in listed} == {"1.0.0", "1.1.0", "3.0.0"}


def test_a_canary_beside_the_stable_one(gateway: Gateway) -> None:
    assert plugin(gateway, "swap", HEADS, "1.0.0", "--canary", "50%").status == 0
    ask(gateway, 40)
    rows = {row["ROLE"]: row for row in plugin(gateway, "status", HEADS).table}
    assert set(rows) == {"stable", "canary 50%"}
    assert rows["canary 50%"]["VERSION"] == "1.0.0"
    for row in rows.values():
        assert row["FAILED"] == "0" and row["P99"] != "-", rows
    roles = {one["role"]: one for one in plugin(gateway, "status", HEADS, "--json").json["data"]}
    assert roles["canary"]["calls"] == 40
    assert plugin(gateway, "promote", HEADS).status == 0


def test_top_counts_what_happens_while_it_looks(gateway: Gateway) -> None:
    ask(gateway, 5)
    top = plugin(gateway, "top", "--once", "--interval", "1", "--json").json
    assert [one["version"] for one in top["data"]] == ["1.1.0", "1.1.0"], top
    assert plugin(gateway, "top", "--once", "--interval", "1").table[0]["PLUGIN"] == HEADS


def test_what_is_refused_says_why(gateway: Gateway) -> None:
    assert "7.7.7" in plugin(gateway, "swap", HEADS, "7.7.7").refusal
    assert "no version" in plugin(gateway, "rollback", HEADS).refusal
    assert "nobody" in plugin(gateway, "swap", "nobody", "1.0.0").refusal
