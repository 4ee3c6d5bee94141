# SPDX-License-Identifier: Apache-2.0
"""A plugin process that dies, under a stream and between requests. No client sees it."""


from harness import Gateway, KongFile, ai_echo, request
from harness.sdk import client, text_of, user
from tests.conftest import StartGateway

WORDS = " ".join(f"word{number}" for number in range(30))
SLOW_ECHO = ai_echo(interval=10)


def process(gateway: Gateway) -> dict[str, object]:
    [only] = gateway.processes()
    return dict(only)


def test_a_stream_goes_on_in_another_process(start_gateway: StartGateway) -> None:
    with start_gateway(KongFile().route("/echo", SLOW_ECHO)) as gateway:
        first = process(gateway)
        chunks = []
        stream = client(f"{gateway.url}/echo").chat.completions.create(
            model="echo-1", messages=user(WORDS), stream=True
        )
        for number, chunk in enumerate(stream):
            chunks.append(chunk)
            if number in (3, 17):
                gateway.kill()
        assert text_of(chunks) == WORDS
        assert len({chunk.id for chunk in chunks}) == 1
        last = process(gateway)
        assert last["pid"] != first["pid"]
        assert last["restarts"] == 2


def test_requests_wait_for_the_restart(start_gateway: StartGateway) -> None:
    echo = ai_echo()
    with start_gateway(KongFile().route("/echo", echo)) as gateway:
        for _ in range(3):
            gateway.kill()
            response = request(gateway.address, "POST", "/echo", {"messages": user(WORDS)})
            assert response.status == 200
            assert response.json()["choices"][0]["message"]["content"] == WORDS
