# SPDX-License-Identifier: Apache-2.0
"""What the host signs for a plugin, verified by the standard library and by `cryptography`."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from fake_cloud import ServiceAccount
from fake_cloud.tokens import decode_jwt, verify_rs256
from harness import Gateway, KongFile, request
from harness.processes import descendants, memory_has, program

KEY = "k3y of signatures \u2603"


def signs(task: str, key: str = "{vault://env/TEST_KEY}") -> dict[str, Any]:
    return {"name": "credentials-test", "config": {"does": task, "key": key}}


def test_signatures(credential_plugins: Path, tmp_path: Path) -> None:
    account = ServiceAccount("")
    file = KongFile().route("/hmac", signs("hmac")).route("/512", signs("hmac512"))
    file.route("/hs256", signs("hs256")).route("/rs256", signs("rs256", "{vault://env/TEST_PEM}"))
    environment = {"TEST_KEY": KEY, "TEST_PEM": account.pem}
    with Gateway(file, tmp_path, environment, credential_plugins) as gateway:

        def ask(path: str, body: bytes) -> bytes:
            response = request(gateway.address, "POST", path, body)
            assert response.status == 200, response
            return response.body

        for message in (b"", b"message", bytes(range(256)) * 1000):
            for path, function in (("/hmac", hashlib.sha256), ("/512", hashlib.sha512)):
                expected = hmac.new(KEY.encode(), message, function).digest()
                assert ask(path, message) == expected, f"{path} {len(message)}"

        claims = {"sub": "é\n", "exp": 1, "nested": {"a": [1, 2.5, None]}}
        header, its_claims, signed, signature = decode_jwt(
            ask("/hs256", json.dumps(claims).encode()).decode()
        )
        assert header == {"alg": "HS256", "typ": "JWT"}
        assert its_claims == claims
        assert signature == hmac.new(KEY.encode(), signed, hashlib.sha256).digest()

        token = ask("/rs256", json.dumps(claims).encode()).decode()
        header, its_claims, signed, signature = decode_jwt(token)
        assert header == {"alg": "RS256", "typ": "JWT", "kid": 'key "1"'}
        assert its_claims == claims
        verify_rs256(account.key, signed, signature)

        host = program(gateway.pid)
        plugins = [pid for pid in descendants(gateway.pid) if program(pid) != host]
        assert plugins
        for secret in (KEY.encode(), account.pem.splitlines()[5].encode()):
            assert memory_has(gateway.pid, secret)
            assert not any(memory_has(pid, secret) for pid in plugins)


def test_keys_and_claims_that_cannot_be_signed(credential_plugins: Path, tmp_path: Path) -> None:
    file = KongFile().route("/pem", signs("rs256")).route("/claims", signs("hs256"))
    with Gateway(file, tmp_path, {"TEST_KEY": KEY}, credential_plugins) as gateway:
        assert request(gateway.address, "POST", "/pem", b"{}").status == 500
        gateway.wait_for_log("the key is no private key in PEM")
        assert request(gateway.address, "POST", "/claims", b"[1]").status == 500
        gateway.wait_for_log("the claims are no JSON object")
        assert KEY not in gateway.log_text
