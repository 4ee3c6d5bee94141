# SPDX-License-Identifier: Apache-2.0
"""Requests that leave with a signature of AWS, which botocore makes again from what has arrived."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fake_cloud import AWSAccount, FakeSTS, Refused, Request, SignedUpstream
from fake_cloud.aws import AWSAccounts
from harness import Gateway, KongFile, connect, request
from harness.client import send
from harness.http2_upstream import HTTP2Upstream, Stream

BODY = {"messages": [{"role": "user", "content": "hello"}]}
ACCOUNT = AWSAccount()
TEMPORARY = AWSAccount("ASIATEMPORARY", "another/secret+key", "FwoGZXIvYXdzEBYaD//session+token==")
ENVIRONMENT = {
    "TEST_ACCESS_KEY": ACCOUNT.access_key,
    "TEST_SECRET_KEY": ACCOUNT.secret_key,
    "TEST_OTHER_ACCESS_KEY": TEMPORARY.access_key,
    "TEST_OTHER_SECRET_KEY": TEMPORARY.secret_key,
    "TEST_OTHER_TOKEN": TEMPORARY.token or "",
    "TEST_HEADER": "value of a secret header",
}
KEYS = {"accessKey": "{vault://env/TEST_ACCESS_KEY}", "secretKey": "{vault://env/TEST_SECRET_KEY}"}


@pytest.fixture
def accounts() -> AWSAccounts:
    return AWSAccounts(ACCOUNT, TEMPORARY)


@pytest.fixture
def upstream(accounts: AWSAccounts) -> Iterator[SignedUpstream]:
    with SignedUpstream(accounts) as upstream:
        yield upstream


@pytest.fixture
def sts(accounts: AWSAccounts) -> Iterator[FakeSTS]:
    with FakeSTS(accounts) as sts:
        yield sts


def signs(**config: Any) -> dict[str, Any]:
    return {"name": "credentials-test", "config": {"scheme": "aws", **config}}


def assumes(sts: FakeSTS, **config: Any) -> dict[str, Any]:
    return signs(role=sts.ROLE, url=f"{sts.url}/", **KEYS, **config)


MODELS = [
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
    "modèle 日本 100%",
]
PATHS = [
    *(f"/model/{quote(model, safe='')}/converse" for model in MODELS),
    *(f"/model/{quote(model, safe=':')}/invoke" for model in MODELS),
    "/",
    "/a%2Fb//c/./d?b=2&a=1&a=0&empty=&x=%E6%97%A5",
    "/a;b=c,d@e!f$g'h(i)*j+k?key=a%2Bb%20c",
]


def test_every_path_is_signed_as_it_arrives(
    upstream: SignedUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    file = KongFile()
    for number, path in enumerate(PATHS):
        plugin = signs(
            path=path, header="{vault://env/TEST_HEADER}", body="plugin's ☃ body", **KEYS
        )
        file.route(f"/{number}", plugin, url=upstream.url)
    headers = {
        "Content-Type": "application/json",
        "Accept": "text/x,  text/y",
        "X-Double": "a   b",
        "X-Unicode": "é".encode().decode("latin-1"),
        # What the client says of these is not its to say.
        "Authorization": "AWS4-HMAC-SHA256 of nobody",
        "X-Amz-Date": "20000101T000000Z",
        "X-Amz-Security-Token": "nobody's",
        "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
        "X-Amz-Target": "this is signed",
    }
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        for number, path in enumerate(PATHS):
            response = request(gateway.address, "POST", f"/{number}", BODY, headers)
            assert response.status == 200, f"{path}: {response}"
            received = upstream.requests[-1]
            assert received.target == path
            assert received.body.decode() == "plugin's ☃ body"
            assert received.header("X-Secret") == "value of a secret header"
            assert received.header("X-Amz-Security-Token") is None
            assert ACCOUNT.secret_key not in str(received.headers)


def test_methods_repeated_headers_and_empty_bodies(
    upstream: SignedUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    file = KongFile().route("/", signs(**KEYS), url=upstream.url)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        for method in (b"GET", b"POST", b"PUT", b"DELETE"):
            head = (
                b"%s /x?q=1 HTTP/1.1\r\nHost: h\r\nX-R: one\r\nx-r: two\r\nContent-Length: 0\r\n"
                % method
            )
            with socket.create_connection(gateway.address, 10) as client:
                client.sendall(head + b"Connection: close\r\n\r\n")
                answer = b"".join(iter(lambda: client.recv(65536), b""))
            assert answer.startswith(b"HTTP/1.1 200 "), answer


def test_keys_of_the_config_of_the_environment_and_temporary_ones(
    upstream: SignedUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    temporary = signs(
        accessKey="{vault://env/TEST_OTHER_ACCESS_KEY}",
        secretKey="{vault://env/TEST_OTHER_SECRET_KEY}",
        sessionToken="{vault://env/TEST_OTHER_TOKEN}",
    )
    file = KongFile().route("/keys", signs(**KEYS), url=upstream.url)
    file.route("/temporary", temporary, url=upstream.url).route("/host", signs(), url=upstream.url)
    environment = ENVIRONMENT | TEMPORARY.environment
    with Gateway(file, tmp_path, environment, credential_plugins) as gateway:
        for path, account in {
            "/keys": ACCOUNT,
            "/temporary": TEMPORARY,
            "/host": TEMPORARY,
        }.items():
            response = request(gateway.address, "POST", path, BODY)
            assert response.status == 200, response
            assert response.json()["signed_by"] == account.access_key


def test_a_plugins_own_request_and_a_retry_are_signed(
    upstream: SignedUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    target = f"{upstream.url}/model/a%3A0/invoke?x=1"
    file = KongFile().route("/own", signs(does="fetch", target=target, **KEYS))
    file.route("/retry", signs(does="retry", port=upstream.port, **KEYS))
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        for path in ("/own", "/retry"):
            response = request(gateway.address, "POST", path, BODY)
            assert response.status == 200, response
    assert upstream.requests[0].target == "/model/a%3A0/invoke?x=1"


def test_storage_is_signed_as_it_wants_it(
    accounts: AWSAccounts, credential_plugins: Path, tmp_path: Path
) -> None:
    with SignedUpstream(accounts, service="s3") as upstream:
        plugin = signs(service="s3", path="/bucket/a//b%20c/../d", **KEYS)
        file = KongFile().route("/", plugin, url=upstream.url)
        with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
            response = request(gateway.address, "PUT", "/", BODY)
            assert response.status == 200, response


def test_a_connection_that_is_used_again_carries_a_signature_for_each_request(
    upstream: SignedUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    file = KongFile().route("/", signs(**KEYS), url=upstream.url)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        connection = connect(gateway.address)
        for number in range(20):
            assert send(connection, "POST", f"/{number}", {"n": number}).status == 200
        connection.close()
    assert len({request.header("Authorization") for request in upstream.requests}) == 20


def test_what_leaves_by_http2_is_signed_too(
    accounts: AWSAccounts, credential_plugins: Path, tmp_path: Path
) -> None:
    def answer(stream: Stream) -> None:
        body = stream.wait_until_ended()
        pseudo = {name: value for name, value in stream.headers if name.startswith(":")}
        fields = [("Host", pseudo[":authority"])]
        fields += [one for one in stream.headers if not one[0].startswith(":")]
        received = Request(pseudo[":method"], pseudo[":path"], fields, body)
        try:
            accounts.verify(received, "bedrock", "us-east-1")
            stream.answer()
        except Refused as reason:
            stream.answer(str(reason).encode(), 403)

    with HTTP2Upstream(answer) as upstream:
        file = KongFile(upstream={"http2_prior_knowledge": [f"127.0.0.1:{upstream.port}"]})
        file.route("/", signs(**KEYS), url=upstream.url)
        with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
            headers = {
                "Cookie": "a=b; c=d",
                "Te": "trailers",
                "Connection": "X-Gone",
                "X-Gone": "1",
            }
            for path in PATHS[:4]:
                response = request(gateway.address, "POST", path, BODY, headers)
                assert response.status == 200, response


# MARK: - Errors


def test_a_body_that_is_not_whole_is_not_signed(
    upstream: SignedUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    file = KongFile().route("/", signs(wholeBody=False, **KEYS), url=upstream.url)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        assert request(gateway.address, "GET", "/").status == 200, "there is no body"
        for size in (10, 1 << 20):
            response = request(gateway.address, "POST", "/", b"x" * size)
            assert response.status == 500, f"{size} bytes"
            assert (
                response.json()["message"] == "The request cannot be signed for the upstream server"
            )
        gateway.wait_for_log("nobody has subscribed to whole bodies")
    assert len(upstream.requests) == 1


def test_what_cannot_sign(
    upstream: SignedUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    cases = {
        "/none": (signs(), "nor are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY set"),
        "/half": (signs(accessKey=KEYS["accessKey"]), "are given both or not at all"),
        "/region": (signs(region="us east", **KEYS), "has other than a-z, 0-9 and -"),
        "/odd": (signs(accessKey="a b,c\nd", secretKey="k3y"), "characters that no key has"),
    }
    file = KongFile()
    for path, (plugin, _) in cases.items():
        file.route(path, plugin, url=upstream.url)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        for path, (_, reason) in cases.items():
            assert request(gateway.address, "POST", path, BODY).status == 500
            gateway.wait_for_log(reason)
        assert "k3y" not in gateway.log_text
    assert not upstream.requests


# MARK: - Roles


def test_a_role_is_assumed_once(
    upstream: SignedUpstream, sts: FakeSTS, credential_plugins: Path, tmp_path: Path
) -> None:
    sts.external_id = "an id/with odd=things"
    plugin = assumes(sts, externalID=sts.external_id)
    file = KongFile().route("/", plugin, url=upstream.url)
    own = plugin["config"] | {"does": "fetch", "target": upstream.url}
    file.route("/own", {"name": plugin["name"], "config": own})
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(request, gateway.address, "POST", "/", BODY) for _ in range(50)]
            answers = [one.result() for one in asking]
        answers.append(request(gateway.address, "POST", "/own", BODY))
        assert [answer.status for answer in answers] == [200] * 51
        [account] = sts.given
        assert {answer.json()["signed_by"] for answer in answers} == {account.access_key}
        assert account.secret_key not in gateway.log_text
    [assumed] = sts.requests
    assert assumed.form["RoleSessionName"] == "patchbay"
    assert assumed.header("Host") == f"127.0.0.1:{sts.port}"


def test_a_roles_keys_are_new_before_the_old_ones_end(
    accounts: AWSAccounts, upstream: SignedUpstream, credential_plugins: Path, tmp_path: Path
) -> None:
    with FakeSTS(accounts, lifetime=6) as sts:
        file = KongFile().route("/", assumes(sts), url=upstream.url)
        with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
            began = time.monotonic()
            connection = connect(gateway.address)
            while time.monotonic() - began < 13:
                response = send(connection, "POST", "/", BODY)
                assert response.status == 200, response
            connection.close()
        # STS tells the end in whole seconds.
        assert 3 <= len(sts.given) <= 5


def test_keys_of_a_role_that_are_not_taken_are_dropped(
    accounts: AWSAccounts,
    upstream: SignedUpstream,
    sts: FakeSTS,
    credential_plugins: Path,
    tmp_path: Path,
) -> None:
    file = KongFile().route("/", assumes(sts), url=upstream.url)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        assert request(gateway.address, "POST", "/", BODY).status == 200
        accounts.forget(sts.given[0].access_key)
        assert request(gateway.address, "POST", "/", BODY).status == 403
        assert request(gateway.address, "POST", "/", BODY).status == 200
    assert len(sts.given) == 2


def test_a_role_that_may_not_be_assumed(
    upstream: SignedUpstream, sts: FakeSTS, credential_plugins: Path, tmp_path: Path
) -> None:
    sts.external_id = "another"
    file = KongFile().route("/", assumes(sts), url=upstream.url)
    with Gateway(file, tmp_path, ENVIRONMENT, credential_plugins) as gateway:
        response = request(gateway.address, "POST", "/", BODY)
        assert response.status == 502
        assert (
            response.json()["message"] == "The gateway got no credentials for the upstream server"
        )
        gateway.wait_for_log("the answer is 403 AccessDenied")
        assert "not authorized to do this" not in gateway.log_text
    assert not upstream.requests
