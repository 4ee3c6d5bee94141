# SPDX-License-Identifier: Apache-2.0
"""ai-echo: a model that lives in the gateway."""

from harness import Gateway, LogFile, request
from harness.sdk import client, text_of, usage_of, user

WORDS = "Hello from Patchbay, é 👩 and the rest."


def test_an_echo_is_deterministic_and_counted(gateway: Gateway) -> None:
    sdk = client(f"{gateway.url}/echo")
    first = sdk.chat.completions.create(model="echo-1", messages=user(WORDS))
    second = sdk.chat.completions.create(model="echo-1", messages=user(WORDS))
    assert WORDS in (first.choices[0].message.content or "")
    assert first.choices == second.choices
    assert first.choices[0].finish_reason == "stop"
    assert first.usage and first.usage == second.usage
    prompt, completion, total = usage_of(first.usage)
    assert prompt > 0
    assert completion > 0
    assert total == prompt + completion


def test_a_streamed_echo_is_the_same(gateway: Gateway) -> None:
    sdk = client(f"{gateway.url}/echo")
    whole = sdk.chat.completions.create(model="echo-1", messages=user(WORDS))
    chunks = list(
        sdk.chat.completions.create(
            model="echo-1",
            messages=user(WORDS),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert text_of(chunks) == whole.choices[0].message.content
    assert len(chunks) > 3, "the echo was not streamed in pieces"
    assert chunks[-1].usage == whole.usage
    assert chunks[-1].choices == []


def test_a_streamed_echo_reports_usage_only_when_asked(gateway: Gateway) -> None:
    chunks = list(
        client(f"{gateway.url}/echo").chat.completions.create(
            model="echo-1", messages=user(WORDS), stream=True
        )
    )
    assert WORDS in text_of(chunks)
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)


def test_a_long_echo_is_whole(gateway: Gateway) -> None:
    words = " ".join(f"w{number}" for number in range(5000))
    chunks = client(f"{gateway.url}/echo").chat.completions.create(
        model="echo-1", messages=user(words), stream=True
    )
    assert words in text_of(chunks)


def test_an_echo_without_messages_is_refused(gateway: Gateway) -> None:
    response = request(gateway.address, "POST", "/echo", {"model": "echo-1"})
    assert response.status == 400, response
    assert response.json()["error"]["message"]


def test_an_echo_is_logged(gateway: Gateway, log_file: LogFile, test_id: str) -> None:
    request(gateway.address, "POST", "/echo", {"messages": user(WORDS)}, {"x-test": test_id})
    assert log_file.entry(test_id)["response"]["status"] == 200
