# SPDX-License-Identifier: Apache-2.0
"""Upstreams over https: the chain and the name are verified, or nothing is sent."""

from pathlib import Path

import pytest

from fake_openai import FakeOpenAI, every
from harness import Certificates, KongFile, ai_proxy, request
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
