# SPDX-License-Identifier: Apache-2.0
"""Signatures, from the vendor's key to the gateway that refuses what is not signed."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Gateway, KongFile, ai_echo, request
from harness.command import Done, patchbay
from harness.gateway import PLUGINS

ECHO = next((PLUGINS / "ai-echo").glob("*/ai-echo"))
VERSION = ECHO.parent.name
BODY = {"messages": [{"role": "user", "content": "Say it."}]}


def openssl(*arguments: str | Path) -> str:
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


class Site:
    """A vendor with its key, and a user with a folder of packages and one of trusted keys."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.plugins = directory / "packages"
        self.keys = directory / "keys"
        self.executable = directory / "ai-echo"
        shutil.copy(ECHO, self.executable)
        self.key = self.new_key("vendor")
        self.installed = self.plugins / "ai-echo" / VERSION

    def new_key(self, name: str) -> Path:
        key = self.directory / f"{name}.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", key)
        openssl("pkey", "-in", key, "-pubout", "-out", key.with_suffix(".pub"))
        return key

    def plugin(self, *arguments: str | Path) -> Done:
        folders: list[str | Path] = ["--plugins", self.plugins, "--trusted-keys", self.keys]
        return patchbay("plugin", *arguments, *folders, at=self.directory)

    def sign(self, key: Path | None = None) -> None:
        assert self.plugin("sign", "./ai-echo", "--key", key or self.key).status == 0

    def trust(self, key: Path | None = None) -> None:
        done = self.plugin("trust", "add", (key or self.key).with_suffix(".pub"))
        assert done.status == 0, done

    def install(self) -> None:
        done = self.plugin("install", "./ai-echo")
        assert done.status == 0, done

    def file(self) -> KongFile:
        file = KongFile(plugins={"require_signed": True, "trusted_keys": str(self.keys)})
        return file.route("/echo", ai_echo())

    def gateway(self) -> Gateway:
        return Gateway(self.file(), self.directory, plugins=self.plugins)

    def refusal(self, command: str) -> str:
        """What `patchbay run` or `patchbay check` says of the configuration."""
        path = self.file().write(self.directory / "kong.yml")
        arguments: list[str | Path] = [command, path, "--plugins", self.plugins]
        if command == "run":
            arguments += ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        done = patchbay(*arguments, at=self.directory)
        assert done.status == 1, done
        return done.err


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def signed(site: Site) -> Site:
    site.sign()
    site.trust()
    site.install()
    return site


@pytest.fixture
def running(signed: Site) -> Iterator[Gateway]:
    with signed.gateway() as gateway:
        yield gateway


def test_what_the_vendor_signed_runs_at_the_user(signed: Site) -> None:
    with signed.gateway() as gateway:
        assert request(gateway.address, "POST", "/echo", BODY).status == 200
    [row] = signed.plugin("list").table
    assert row["SIGNED BY"] == "vendor"


def test_openssl_verifies_what_is_installed(signed: Site) -> None:
    signature = json.loads((signed.installed / "manifest.sig").read_text())
    raw = signed.directory / "raw"
    raw.write_bytes(base64.b64decode(signature["signature"]))
    manifest = signed.installed / "manifest.json"
    public = signed.key.with_suffix(".pub")
    told = openssl(
        "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", manifest, "-sigfile", raw
    )
    assert told == "Signature Verified Successfully\n"
    # And the key's id is what the documentation says that it is.
    der = openssl_bytes("pkey", "-pubin", "-in", public, "-outform", "DER")
    (signed.directory / "key").write_bytes(der[-32:])
    digest = openssl("dgst", "-sha256", "-r", signed.directory / "key").split()[0]
    assert signature["key_id"] == digest


def openssl_bytes(*arguments: str | Path) -> bytes:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True).stdout


def test_the_manifest_is_canonical(signed: Site) -> None:
    text = (signed.installed / "manifest.json").read_text()
    value = json.loads(text)
    assert text == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_a_key_of_our_own_making(site: Site) -> None:
    assert site.plugin("trust", "list").out == f"no key is trusted in {site.keys}\n"
    done = patchbay("plugin", "keygen", "own", "--json", at=site.directory)
    [made] = done.json["data"]
    assert (site.directory / "own").stat().st_mode & 0o777 == 0o600
    assert site.plugin("trust", "add", "own.pub", "--name", "ours").status == 0
    [trusted] = site.plugin("trust", "list", "--json").json["data"]
    assert trusted == {
        "name": "ours",
        "key_id": made["key_id"],
        "file": str(site.keys / "ours.pem"),
    }
    assert openssl("pkey", "-in", site.directory / "own", "-pubout") == (
        (site.keys / "ours.pem").read_text()
    )
    assert "File exists" in patchbay("plugin", "keygen", "own", at=site.directory).refusal


def test_a_package_is_signed_where_it_is_installed(site: Site) -> None:
    site.install()
    site.trust()
    unsigned = (
        f"plugin 'ai-echo' {VERSION} is not signed; the signature of a trusted key is required"
    )
    assert site.plugin("verify", "ai-echo").refusal == unsigned
    done = site.plugin("sign", f"ai-echo@{VERSION}", "--key", site.key)
    assert done.table[0]["SIGNED BY"] == "vendor"
    verified = site.plugin("verify", "ai-echo")
    assert verified.out.startswith(f"ai-echo {VERSION} is as it was signed by 'vendor'\n")
    assert "is not installed" in site.plugin("verify", "ai-echo@9.9.9").refusal


def test_an_install_may_ask_for_a_signature(site: Site) -> None:
    assert "is not signed" in site.plugin("install", "./ai-echo", "--require-signed").refusal
    site.sign(site.new_key("stranger"))
    site.trust()
    assert "not trusted" in site.plugin("install", "./ai-echo", "--require-signed").refusal
    site.sign()
    done = site.plugin("install", "./ai-echo", "--require-signed")
    assert done.table[0]["SIGNED BY"] == "vendor"


# MARK: - At the start of the gateway


def unsigned(site: Site) -> str:
    (site.installed / "manifest.sig").unlink()
    return "is not signed; the signature of a trusted key is required"


def altered_executable(site: Site) -> str:
    # A new file in its place: the kernel lets nobody write to one that runs.
    path = site.directory / "altered"
    path.write_bytes(ECHO.read_bytes() + b"\0")
    path.chmod(0o755)
    path.replace(site.installed / "ai-echo")
    return "its digest differs"


def altered_manifest(site: Site) -> str:
    path = site.installed / "manifest.json"
    path.write_text(path.read_text().replace('"stateVersion":1', '"stateVersion":2'))
    return "was altered: the key 'vendor' did not sign this manifest"


def wrong_key(site: Site) -> str:
    stranger = site.new_key("stranger")
    assert site.plugin("sign", "ai-echo", "--key", stranger).status == 0
    return "which is not trusted"


def removed_trust(site: Site) -> str:
    site.trust(site.new_key("another"))
    assert site.plugin("trust", "remove", "vendor").status == 0
    return "which is not trusted"


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    "spoil", [unsigned, altered_executable, altered_manifest, wrong_key, removed_trust]
)
def test_what_is_not_as_it_was_signed_is_refused(signed: Site, command: str, spoil: object) -> None:
    assert callable(spoil)
    reason = spoil(signed)
    lines = signed.refusal(command).splitlines()
    errors = [line for line in lines if line.startswith("services[0].plugins[0]: ")]
    assert len(errors) == 1, lines
    assert reason in errors[0]
    assert "(line " in errors[0]


@pytest.mark.parametrize("command", ["check", "run"])
def test_no_trusted_key_is_an_error_with_its_place(signed: Site, command: str) -> None:
    assert signed.plugin("trust", "remove", "vendor").status == 0
    place = "patchbay.plugins.trusted_keys: "
    assert f"{place}there is no key in {signed.keys}\n" in signed.refusal(command)
    (signed.keys / "broken.pem").write_text("x")
    assert f"{place}{signed.keys}/broken.pem is no public key" in signed.refusal(command)


# MARK: - While it runs


@pytest.mark.parametrize(
    "spoil", [unsigned, altered_executable, altered_manifest, wrong_key, removed_trust]
)
def test_nothing_is_started_again_that_was_altered_since(
    signed: Site, running: Gateway, spoil: object
) -> None:
    assert request(running.address, "POST", "/echo", BODY).status == 200
    assert callable(spoil)
    reason = spoil(signed)
    # What runs goes on.
    assert request(running.address, "POST", "/echo", BODY).status == 200
    running.kill()
    running.wait_for_log(reason)
    # After a few tries it is in quarantine, and stays there for a minute.
    running.wait_for_log("quarantined")
    [process] = running.processes()
    assert process["state"] == "quarantined"
    assert reason in process["reason"]
    assert process["pid"] is None
    done = patchbay("plugin", "status", "--admin", f"127.0.0.1:{running.admin_port}")
    assert reason in done.out.splitlines()[-1]


def test_a_key_that_is_trusted_again(signed: Site, running: Gateway) -> None:
    reason = removed_trust(signed)
    running.kill()
    running.wait_for_log(reason)
    signed.trust()
    # The request waits for the process.
    assert request(running.address, "POST", "/echo", BODY).status == 200
