#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes sigv4.json: requests, and what botocore's signer makes of them. Run by .venv's Python."""

import base64
import datetime
import json
import random
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HOST = "bedrock-runtime.us-east-1.amazonaws.com"
MODELS = [
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
    "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/a-b_c.d~e",
    "modèle-日本語",
    "a b+c=d&e?f#g%h",
]
ODD_PATHS = [
    "/",
    "//",
    "/a//b",
    "/a/./b/../c",
    "/../..",
    "/a/b/",
    "/a/b/..",
    "/.",
    "/a/%2e%2e/b",
    "/a/%2E/b",
    "/%20/%7E/~",
    "/a;b=c,d/e@f:g!h$i&j'k(l)m*n+o",
    "/%25/%2525",
    "/lower%2fcase%3a",
    "/path/with=equals",
    "/日本".encode().decode("ascii", "ignore") + quote("日本"),
]
QUERIES = [
    "",
    "a=1",
    "b=2&a=1",
    "a=2&a=1&a=10",
    "a=&b=",
    "A=1&a=2&B=3",
    "name=" + quote("a b/c:d", safe=""),
    "k%20ey=v%2Fal",
    "x=%E6%97%A5%E6%9C%AC",
    "a-b_c.d~e=f-g_h.i~j",
    "prefix=somePrefix&marker=someMarker&max-keys=20",
    "a=b%3Dc",
]
HEADERS = [
    [],
    [("Content-Type", "application/json"), ("Accept", "application/json")],
    [("Content-Type", "application/json"), ("Content-Length", "0")],
    [("X-Repeated", "one"), ("x-repeated", "two"), ("X-REPEATED", "three")],
    [("X-Space", "  a   b \t c  "), ("X-Empty", "")],
    [("X-Quoted", '"a   b"'), ("X-Unicode", "é 日本")],
    [
        ("User-Agent", "x/1.0"),
        ("X-Amzn-Trace-Id", "Root=1"),
        ("Expect", "100-continue"),
        ("Te", "trailers"),
    ],
    [
        ("X-Amz-Target", "Service.Operation"),
        ("Content-Encoding", "amz-1.0"),
        ("Cookie", "a=b; c=d"),
    ],
    [("Z", "last"), ("A", "first"), ("M-m", "middle"), ("M", "shorter")],
]
BODIES = [
    b"",
    b"{}",
    b'{"messages":[{"role":"user"}]}',
    "é日本".encode(),
    bytes(range(256)),
    b"x" * 5000,
]
KEYS = [
    ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None),
    ("ASIAIOSFODNN7EXAMPLE", "secret/with+odd=characters", "FwoGZXIvYXdzEBYaD//+token==" * 8),
]
SCOPES = [
    ("bedrock", "us-east-1"),
    ("sts", "eu-central-1"),
    ("aoss", "ap-southeast-2"),
    ("execute-api", "us-gov-west-1"),
]
TIMES = [0, 951_782_400, 1_440_938_160, 1_709_164_799, 1_709_251_199, 1_735_689_599, 4_102_444_800]


def case(
    name: str,
    *,
    method: str = "POST",
    path: str = "/",
    query: str = "",
    headers: list[tuple[str, str]] = HEADERS[1],
    body: bytes = BODIES[2],
    keys: tuple[str, str, str | None] = KEYS[0],
    scope: tuple[str, str] = SCOPES[0],
    time: int = TIMES[2],
) -> dict[str, Any]:
    target = path + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=f"https://{HOST}{target}", data=body)
    request.headers.add_header("Host", HOST)
    for field, value in headers:
        request.headers.add_header(field, value)
    service, region = scope
    signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    now = datetime.datetime.fromtimestamp(time, datetime.UTC)
    before = len(request.headers)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: now):
        signer(Credentials(*keys), service, region).add_auth(request)
    return {
        "name": name,
        "method": method,
        "target": target,
        "headers": [["Host", HOST], *([field, value] for field, value in headers)],
        "body": base64.b64encode(body).decode(),
        "accessKey": keys[0],
        "secretKey": keys[1],
        "sessionToken": keys[2],
        "service": service,
        "region": region,
        "time": time,
        "added": dict(sorted((k.lower(), v) for k, v in list(request.headers.items())[before:])),
    }


def cases() -> list[dict[str, Any]]:
    found = []
    for model in MODELS:
        for operation in ("converse", "converse-stream", "invoke"):
            path = f"/model/{quote(model, safe='')}/{operation}"
            found.append(case(f"model {model} {operation}", path=path))
        found.append(
            case(f"model {model} with a colon", path=f"/model/{quote(model, safe=':')}/converse")
        )
    found += [case(f"path {path}", path=path) for path in ODD_PATHS]
    found += [
        case(f"query {query}", method="GET", path="/x", query=query, body=b"") for query in QUERIES
    ]
    found += [case(f"headers {number}", headers=headers) for number, headers in enumerate(HEADERS)]
    found += [case(f"body of {len(body)} bytes", body=body) for body in BODIES]
    found += [case(f"scope {scope}", scope=scope, keys=keys) for scope in SCOPES for keys in KEYS]
    found += [case(f"time {time}", time=time) for time in TIMES]
    for path in ["/", "/bucket/a//b/../c", "/a%20b/c%2Fd"]:
        found.append(case(f"storage {path}", path=path, scope=("s3", "us-west-2"), keys=KEYS[1]))
    chance = random.Random(4)
    while len(found) < 200:
        found.append(
            case(
                f"random {len(found)}",
                method=chance.choice(["GET", "POST", "PUT", "DELETE", "PATCH"]),
                path=chance.choice(
                    [*ODD_PATHS, f"/model/{quote(chance.choice(MODELS), safe='')}/converse"]
                ),
                query=chance.choice(QUERIES),
                headers=chance.choice(HEADERS),
                body=chance.choice(BODIES),
                keys=chance.choice(KEYS),
                scope=chance.choice(SCOPES),
                time=chance.randrange(2**32),
            )
        )
    return found


if __name__ == "__main__":
    text = ",\n".join(json.dumps(one, ensure_ascii=False) for one in cases())
    Path(__file__).with_name("sigv4.json").write_text(f"[\n{text}\n]\n")
