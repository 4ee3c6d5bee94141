# SPDX-License-Identifier: Apache-2.0
"""OAuth 2.0: who grants tokens, and who takes them."""

import base64
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .server import FakeServer, Reply, Request

CLIENT_SECRET = "s3cret & odd=value+%/é"
CLOUD = "https://www.googleapis.com/auth/cloud-platform"


@dataclass
class ServiceAccount:
    """A Google service account, as its JSON has it."""

    token_uri: str
    email: str = "robot@project.iam.gserviceaccount.com"
    key_id: str = "key-1"
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    @property
    def pem(self) -> str:
        form = PrivateFormat.PKCS8
        return self.key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()

    @property
    def json(self) -> str:
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "project",
                "private_key_id": self.key_id,
                "private_key": self.pem,
                "client_email": self.email,
                "client_id": "1",
                "token_uri": self.token_uri,
            }
        )


def decode_jwt(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, what is signed, signature."""
    head, claims, signature = token.split(".")

    def decode(text: str) -> bytes:
        assert "=" not in text
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    return (
        json.loads(decode(head)),
        json.loads(decode(claims)),
        f"{head}.{claims}".encode(),
        decode(signature),
    )


def verify_rs256(key: rsa.RSAPrivateKey, signed: bytes, signature: bytes) -> None:
    key.public_key().verify(signature, signed, padding.PKCS1v15(), SHA256())


class TokenServer(FakeServer):
    """Grants tokens at `/token` (client credentials, JWT bearer), `/google` and `/azure`."""

    def __init__(self, lifetime: float = 3600) -> None:
        super().__init__()
        self.lifetime = lifetime
        self.account = ServiceAccount(f"{self.url}/token")
        # Called before a grant is answered: gives another answer, waits, or does nothing.
        self.instead: Callable[[Request], Reply | None] = lambda request: None
        self.tokens: list[str] = []
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()

    def is_good(self, token: str) -> bool:
        with self._lock:
            return self._ends.get(token, 0) > time.monotonic()

    def revoke(self) -> None:
        """All tokens that were granted."""
        with self._lock:
            self._ends.clear()

    def answer(self, request: Request) -> Reply:
        other = self.instead(request)
        if other:
            return other
        refusal = {
            "/token": self._form,
            # As Entra ID has it.
            "/tenant/oauth2/v2.0/token": self._form,
            "/google": self._google,
            "/azure": self._azure,
        }[request.path](request)
        if refusal:
            body = {"error": refusal, "error_description": f"AADSTS1: {request.body.decode()}"}
            return Reply.json(body, 400)
        return self._grant("azure" in request.path)

    def _grant(self, as_text: bool) -> Reply:
        token = f"token-{secrets.token_urlsafe(24)}"
        with self._lock:
            self.tokens.append(token)
            self._ends[token] = time.monotonic() + self.lifetime
        life: int | str = str(round(self.lifetime)) if as_text else round(self.lifetime)
        return Reply.json({"access_token": token, "token_type": "Bearer", "expires_in": life})

    def _form(self, request: Request) -> str | None:
        kind = request.header("Content-Type")
        if request.method != "POST" or kind != "application/x-www-form-urlencoded":
            return "invalid_request"
        form = request.form
        if form.get("grant_type") == "client_credentials":
            good = {
                "grant_type": "client_credentials",
                "client_id": "client",
                "client_secret": CLIENT_SECRET,
                "scope": "https://cognitiveservices.azure.com/.default",
            }
            return None if form == good else "invalid_client"
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self._assertion(form["assertion"])
        return "unsupported_grant_type"

    def _assertion(self, assertion: str) -> str | None:
        header, claims, signed, signature = decode_jwt(assertion)
        try:
            verify_rs256(self.account.key, signed, signature)
        except InvalidSignature:
            return "invalid_grant"
        now = time.time()
        is_good = (
            header == {"alg": "RS256", "typ": "JWT", "kid": self.account.key_id}
            and set(claims) == {"iss", "scope", "aud", "iat", "exp"}
            and claims["iss"] == self.account.email
            and claims["aud"] == f"{self.url}/token"
            and claims["scope"] == CLOUD
            and abs(now - claims["iat"]) < 60
            and claims["iat"] < claims["exp"] <= claims["iat"] + 3600
        )
        return None if is_good else "invalid_grant"

    def _google(self, request: Request) -> str | None:
        return None if request.header("Metadata-Flavor") == "Google" else "forbidden"

    def _azure(self, request: Request) -> str | None:
        if request.header("Metadata") != "true" or request.header("X-Forwarded-For"):
            return "invalid_request"
        wanted = {"api-version": "2018-02-01", "resource": "https://r.test/", "client_id": "client"}
        return None if request.query == wanted else "invalid_resource"


class BearerUpstream(FakeServer):
    """200 for a token that is good, 401 for all others."""

    def __init__(self, server: TokenServer) -> None:
        super().__init__()
        self.server = server

    def answer(self, request: Request) -> Reply:
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        if scheme != "Bearer" or not self.server.is_good(token):
            return Reply.json({"message": "no"}, 401)
        return Reply.json({"ok": True})
