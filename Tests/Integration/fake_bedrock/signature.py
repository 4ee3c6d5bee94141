# SPDX-License-Identifier: Apache-2.0
"""Signature Version 4, computed again with botocore's own signer from what came over the wire."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fake_provider import Received

from .errors import APIError

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)
_DATE = "%Y%m%dT%H%M%SZ"
_CLOCK_SKEW = timedelta(minutes=15)


@dataclass(frozen=True)
class Identity:
    """Who may call, for one region."""

    access_key: str
    secret_key: str
    session_token: str | None
    region: str


def check(request: Received, identities: list[Identity], scheme: str) -> None:
    """Raises what the service answers to a request that none of the identities has signed."""
    value = request.header("authorization")
    if value is None:
        raise APIError("MissingAuthenticationTokenException", "Missing Authentication Token")
    parts = _AUTHORIZATION.fullmatch(value)
    date = request.header("x-amz-date")
    if parts is None or date is None:
        raise APIError(
            "IncompleteSignatureException",
            "Authorization header requires 'Credential', 'SignedHeaders', 'Signature' and a date.",
        )
    access_key, day, region, service, names, signature = parts.groups()
    token = request.header("x-amz-security-token")
    identity = next((one for one in identities if one.access_key == access_key), None)
    if identity is None or token != identity.session_token:
        raise APIError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    if (region, service) != (identity.region, "bedrock") or not date.startswith(day):
        raise _mismatch(f"Credential should be scoped to region {identity.region}, bedrock")
    _check_date(date)
    signed = names.split(";")
    _check_headers(request, signed)
    if _signature(request, identity, signed, date, scheme) != signature:
        raise _mismatch(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method."
        )


def _check_date(date: str) -> None:
    try:
        sent = datetime.strptime(date, _DATE).replace(tzinfo=UTC)
    except ValueError as problem:
        raise _mismatch(f"Date must be in ISO-8601 'basic format'. Got '{date}'.") from problem
    if abs(datetime.now(UTC) - sent) > _CLOCK_SKEW:
        raise _mismatch(f"Signature expired: {date} is more than 15 min off")


def _check_headers(request: Received, signed: list[str]) -> None:
    """The host and all of Amazon's must be signed, and a digest that is sent must be right."""
    present = {name.lower() for name, _ in request.headers}
    amazons = {name for name in present if name.startswith("x-amz-")}
    missing = ({"host"} | amazons) - set(signed)
    if missing:
        raise _mismatch(f"{', '.join(sorted(missing))} must be a 'SignedHeader'")
    if unknown := set(signed) - present:
        raise _mismatch(f"signed headers are missing: {', '.join(sorted(unknown))}")
    digest = request.header("x-amz-content-sha256")
    if digest not in (None, "UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()):
        raise _mismatch("The provided 'x-amz-content-sha256' header does not match the payload.")


def _signature(
    request: Received, identity: Identity, signed: list[str], date: str, scheme: str
) -> str:
    headers = [(name, value) for name, value in request.headers if name.lower() in signed]
    url = f"{scheme}://{request.header('host')}{request.target}"
    again = AWSRequest(request.method, url, dict(headers), request.body)
    again.context["timestamp"] = date
    signer = SigV4Auth(
        Credentials(identity.access_key, identity.secret_key, identity.session_token),
        "bedrock",
        identity.region,
    )
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return str(signer.signature(text, again))


def _mismatch(message: str) -> APIError:
    return APIError("InvalidSignatureException", message)
