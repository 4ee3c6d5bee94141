# SPDX-License-Identifier: Apache-2.0
"""Upstreams over https: the chain and the name are verified, or nothing is sent."""

import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fake_openai import FakeOpenAI, every
from harness import Certificates, KongFile, ai_proxy, request
from harness.gateway import BINARY
from harness.raw_upstream import RawUpstream, read_head
from harness.sdk import client, numbered, text_of, user
from tests.conftest import StartGateway


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def gateway_file(certificates: Certificates, upstream: str) -> KongFile:
    file = KongFile(trusted_certificates=str(certificates.authority))
    return file.route("/chat", ai_proxy(f"{upstream}/v1/chat/completions"))


@pytest.mark.parametrize("subject", ["IP:127.0.0.1", "DNS:localhost"])
def test_a_verified_upstream_answers(
    start_gateway: StartGateway, certificates: Certificates, subject: str
) -> None:
    host = subject.partition(":")[2]
    with FakeOpenAI(tls=certificates.server(f"good-{host}", subject)) as fake:
        upstream = f"https://{host}:{fake.port}"
        with start_gateway(gateway_file(certificates, upstream)) as gateway:
            sdk = client(f"{gateway.url}/chat")
            for size in (1, 100, 100_000):
                fake.plan(tokens=1000, split=every(size) if size > 1 else None)
                stream = sdk.chat.completions.create(
                    model="gpt-4o-mini", messages=user(), stream=True
                )
                assert text_of(stream) == numbered(1000)
            fake.plan(tokens=100_000)
            answer = sdk.chat.completions.create(model="gpt-4o-mini", messages=user())
            assert answer.choices[0].message.content == numbered(100_000)
            # One for each event loop, and one more for each stream that the SDK leaves right behind its [DONE].
            used = {one.connection for one in fake.requests}
            assert len(used) < len(fake.requests), "no connection was kept"


@pytest.mark.parametrize("wrong", ["name", "authority"])
def test_an_unverified_upstream_gets_nothing(
    start_gateway: StartGateway, certificates: Certificates, wrong: str
) -> None:
    signer: Path | None = certificates.stranger() if wrong == "authority" else None
    subject = "DNS:elsewhere.example" if wrong == "name" else "IP:127.0.0.1"
    tls = certificates.server(f"bad-{wrong}", subject, authority=signer)
    with (
        FakeOpenAI(tls=tls) as fake,
        start_gateway(gateway_file(certificates, fake.url)) as gateway,
    ):
        response = request(gateway.address, "POST", "/chat", {"messages": user()})
        assert response.status == 502, response
        assert fake.requests == [], "a request was sent to an upstream that is not who it says"


# MARK: - What a service says of its upstream


CA = "9e2e1f46-3d6a-4a2e-8e8f-0d6a6a3a1b01"
OWN = "9e2e1f46-3d6a-4a2e-8e8f-0d6a6a3a1b02"


class Seen:
    """What an upstream sees of the gateway's connections."""

    def __init__(self) -> None:
        self.subjects: list[str | None] = []
        self.resumed: list[bool] = []

    def talk(self, connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        shown: Any = connection.getpeercert()
        subject = dict(pair for part in shown["subject"] for pair in part) if shown else {}
        self.subjects.append(subject.get("commonName"))
        self.resumed.append(bool(connection.session_reused))
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        # One request for each connection, so that the next one begins with a handshake.
        connection.unwrap()


def test_a_service_need_not_be_verified(
    start_gateway: StartGateway, certificates: Certificates
) -> None:
    seen = Seen()
    tls = certificates.server("nobody", "DNS:elsewhere.example", authority=certificates.stranger())
    with RawUpstream(seen.talk, tls) as upstream:
        file = KongFile()
        file.route("/open", url=upstream.url, tls_verify=False)
        file.route("/closed", url=upstream.url)
        with start_gateway(file) as gateway:
            assert request(gateway.address, "GET", "/open").status == 200
            assert request(gateway.address, "GET", "/closed").status == 502
            assert request(gateway.address, "GET", "/open").status == 200
    assert len(seen.subjects) == 2


def test_a_service_names_whom_it_trusts_and_who_it_is(
    start_gateway: StartGateway, certificates: Certificates
) -> None:
    seen = Seen()
    tls = certificates.server("mutual", "IP:127.0.0.1")
    tls.verify_mode = ssl.CERT_OPTIONAL
    tls.load_verify_locations(certificates.authority)
    own = certificates.issue("gateway-itself", "DNS:gateway.example")
    with RawUpstream(seen.talk, tls) as upstream:
        file = KongFile()
        file.entities["ca_certificates"] = [{"id": CA, "cert": certificates.authority.read_text()}]
        file.entities["certificates"] = [
            {"id": OWN, "cert": own.certificate.read_text(), "key": "{vault://env/OWN_KEY}"}
        ]
        trusts = {"ca_certificates": [CA]}
        file.route("/known", url=upstream.url, client_certificate={"id": OWN}, **trusts)
        file.route("/unknown", url=upstream.url, **trusts)
        file.route("/distrusts", url=upstream.url)
        with start_gateway(file, OWN_KEY=own.key.read_text()) as gateway:
            # Neither connections nor sessions of the one service are used for the other.
            for _ in range(3):
                assert request(gateway.address, "GET", "/known").status == 200
                assert request(gateway.address, "GET", "/unknown").status == 200
            assert request(gateway.address, "GET", "/distrusts").status == 502
            assert "PRIVATE KEY" not in gateway.log_text
    assert seen.subjects == ["gateway-itself", None] * 3


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_with_an_upstream_go_on(
    start_gateway: StartGateway, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    seen = Seen()
    tls = certificates.server(f"resumed-{version.name}", "IP:127.0.0.1")
    tls.minimum_version = tls.maximum_version = version
    with RawUpstream(seen.talk, tls) as upstream:
        file = KongFile(trusted_certificates=str(certificates.authority), workers=1)
        file.route("/a", url=upstream.url)
        with start_gateway(file) as gateway:
            for _ in range(6):
                assert request(gateway.address, "GET", "/a").status == 200
    assert seen.resumed == [False] + [True] * 5


def test_what_is_wrong_with_certificates_is_said_with_its_place(
    tmp_path: Path, certificates: Certificates
) -> None:
    one, other = certificates.issue("one", "DNS:a"), certificates.issue("other", "DNS:b")
    file = KongFile(
        tls={
            "certificate": str(one.certificate),
            "key": str(other.key),
            "certificates": [
                {"certificate": "/nonexistent/a.pem", "key": str(one.key), "snis": ["a"]}
            ],
            "client_verify": "required",
            "client_ca": str(one.key),
        }
    )
    file.entities["certificates"] = [{"cert": "no PEM", "key": "sk-very-secret"}]
    path = file.write(tmp_path / "kong.yml")
    checked = subprocess.run([BINARY, "check", path], capture_output=True, text=True)
    assert checked.returncode == 1
    assert "very-secret" not in checked.stderr
    lines = checked.stderr.splitlines()
    for place, reason in (
        ("patchbay.tls.client_ca: cannot use", "it holds no certificate in PEM form"),
    ):
        assert any(line.startswith(place) and reason in line for line in lines), lines
    del file.patchbay["tls"]["client_verify"]
    checked = subprocess.run([BINARY, "check", file.write(path)], capture_output=True, text=True)
    assert checked.returncode == 1
    lines = checked.stderr.splitlines()
    for place, reason in (
        ("certificates[0].cert: ", "it holds no certificate in PEM form"),
        ("patchbay.tls.certificates[0].certificate: cannot use /none", "No such file"),
        ("patchbay.tls.key: cannot use", "the private key is not that of the certificate"),
    ):
        assert any(line.startswith(place) and reason in line for line in lines), lines
