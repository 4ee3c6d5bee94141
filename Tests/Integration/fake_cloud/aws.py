# SPDX-License-Identifier: Apache-2.0
"""AWS as far as signatures go: a service that verifies them, and STS."""

import datetime
import hmac
import re
import secrets
import threading
from dataclasses import dataclass

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .server import FakeServer, Reply, Request

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


class Refused(Exception):
    """Why a signature does not count."""


@dataclass(frozen=True)
class AWSAccount:
    access_key: str = "AKIDEXAMPLE"
    secret_key: str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    token: str | None = None
    ends: datetime.datetime | None = None

    @property
    def environment(self) -> dict[str, str]:
        variables = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        return variables | ({"AWS_SESSION_TOKEN": self.token} if self.token else {})


class AWSAccounts:
    """Who may sign, and whether a request is signed by one of them."""

    def __init__(self, *accounts: AWSAccount) -> None:
        self._accounts = {account.access_key: account for account in accounts}

    def add(self, account: AWSAccount) -> None:
        self._accounts[account.access_key] = account

    def forget(self, access_key: str) -> None:
        del self._accounts[access_key]

    def verify(self, request: Request, service: str, region: str) -> AWSAccount:
        found = _AUTHORIZATION.fullmatch(request.header("Authorization") or "")
        if not found:
            raise Refused(f"the Authorization is {request.header('Authorization')!r}")
        access_key, day, its_region, its_service, names, signature = found.groups()
        account = self._accounts.get(access_key)
        if account is None:
            raise Refused(f"nobody has the access key {access_key}")
        if account.ends and account.ends <= datetime.datetime.now(datetime.UTC):
            raise Refused("ExpiredToken")
        if (its_service, its_region) != (service, region):
            raise Refused(f"the scope is {its_region}/{its_service}")
        if request.header("X-Amz-Security-Token") != account.token:
            raise Refused("the security token is another one")
        signed = names.split(";")
        _check_names(request, signed)
        stamp = request.header("X-Amz-Date") or ""
        _check_time(stamp, day)
        if not hmac.compare_digest(
            _signature(request, account, signed, stamp, service, region), signature
        ):
            raise Refused("SignatureDoesNotMatch")
        return account


def _check_names(request: Request, signed: list[str]) -> None:
    if signed != sorted(set(signed)):
        raise Refused("the names of the signed headers are not in order")
    must = {"host", "x-amz-date"}
    must |= {name.lower() for name, _ in request.headers if name.lower().startswith("x-amz-")}
    must |= {name.lower() for name, _ in request.headers} & {"content-type"}
    if not must <= set(signed):
        raise Refused(f"not signed: {sorted(must - set(signed))}")


def _check_time(stamp: str, day: str) -> None:
    if not stamp.startswith(day):
        raise Refused("the scope's day is another one than that of X-Amz-Date")
    time = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    if abs(datetime.datetime.now(datetime.UTC) - time) > datetime.timedelta(minutes=5):
        raise Refused("the signature is too old")


def _signature(
    request: Request, account: AWSAccount, signed: list[str], stamp: str, service: str, region: str
) -> str:
    """What botocore signs for the same request."""
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    signer = kind(Credentials(account.access_key, account.secret_key), service, region)
    again = AWSRequest(
        method=request.method,
        url=f"http://{request.header('Host')}{request.target}",
        data=request.body,
    )
    for name, value in request.headers:
        if name.lower() in signed:
            # http.client reads bytes as Latin-1; botocore means UTF-8.
            again.headers.add_header(name, value.encode("latin-1").decode())
    again.context["timestamp"] = stamp
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return str(signer.signature(text, again))


class SignedUpstream(FakeServer):
    """A service of AWS: 200 for who has signed, 403 and the reason for all others."""

    def __init__(
        self, accounts: AWSAccounts, service: str = "bedrock", region: str = "us-east-1"
    ) -> None:
        super().__init__()
        self.accounts = accounts
        self.service, self.region = service, region

    def answer(self, request: Request) -> Reply:
        try:
            account = self.accounts.verify(request, self.service, self.region)
        except Refused as reason:
            return Reply.json({"message": str(reason)}, 403)
        return Reply.json({"signed_by": account.access_key, "path": request.target})


class FakeSTS(FakeServer):
    """AssumeRole of the Query API, for who has signed and may."""

    ROLE = "arn:aws:iam::123456789012:role/models & more"

    def __init__(
        self, accounts: AWSAccounts, lifetime: float = 3600, region: str = "us-east-1"
    ) -> None:
        super().__init__()
        self.accounts = accounts
        self.lifetime = lifetime
        self.region = region
        self.external_id: str | None = None
        self.given: list[AWSAccount] = []
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Reply:
        try:
            self.accounts.verify(request, "sts", self.region)
        except Refused as reason:
            return self._error(403, "SignatureDoesNotMatch", str(reason))
        form = request.form
        expected = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": self.ROLE}
        expected |= {"RoleSessionName": form.get("RoleSessionName", "")}
        expected |= {"ExternalId": self.external_id} if self.external_id else {}
        if request.method != "POST" or form != expected:
            return self._error(403, "AccessDenied", f"not authorized to do this: {form}")
        if not re.fullmatch(r"[\w+=,.@-]{2,64}", form["RoleSessionName"]):
            return self._error(400, "ValidationError", "RoleSessionName")
        now = datetime.datetime.now(datetime.UTC)
        ends = now + datetime.timedelta(seconds=self.lifetime)
        account = AWSAccount(
            "ASIA" + secrets.token_hex(8).upper(),
            secrets.token_urlsafe(30),
            secrets.token_urlsafe(300) + "==",
            ends,
        )
        with self._lock:
            self.given.append(account)
        self.accounts.add(account)
        return Reply(200, self._answer(account, ends).encode(), {"Content-Type": "text/xml"})

    def _answer(self, account: AWSAccount, ends: datetime.datetime) -> str:
        role = self.ROLE.replace("&", "&amp;")
        return f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>AROA:patchbay</AssumedRoleId>
      <Arn>{role}</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{account.access_key}</AccessKeyId>
      <SecretAccessKey>{account.secret_key}</SecretAccessKey>
      <SessionToken>{account.token}</SessionToken>
      <Expiration>{ends:%Y-%m-%dT%H:%M:%SZ}</Expiration>
    </Credentials>
    <PackedPolicySize>6</PackedPolicySize>
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>
"""

    def _error(self, status: int, code: str, message: str) -> Reply:
        text = message.replace("&", "&amp;").replace("<", "&lt;")
        body = f"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>
  <RequestId>1</RequestId>
</ErrorResponse>"""
        return Reply(status, body.encode(), {"Content-Type": "text/xml"})
