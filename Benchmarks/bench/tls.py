# SPDX-License-Identifier: Apache-2.0
"""`python3 -m bench.tls`: TLS with clients, beside nginx: handshakes, resumed ones, and bytes.

Both proxy to the same nginx, have the same certificates, ciphers and number of workers, and
resume sessions by tickets."""

import http.client
import json
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from . import build, places
from .gateways import patchbay
from .gateways.gateway import WORKERS, free_port
from .load import cpu_of
from .plan import QUICK, Plan
from .tables import Row, table

Record = dict[str, Any]

_THREADS = 4
_LARGE = 8 << 20
_CIPHERS = ":".join(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for key in ("ECDSA", "RSA")
)
_NGINX = """\
daemon off;
pid {folder}/nginx.pid;
worker_processes {workers};
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
{servers}
}}
"""
_ORIGIN = """\
  server {{ listen 127.0.0.1:{port}; root {folder}; sendfile on; }}
"""
_PROXY = """\
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} ssl reuseport;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers {ciphers};
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
"""


@dataclass(frozen=True)
class Case:
    key: str
    version: str

    @property
    def label(self) -> str:
        return f"{self.key}, TLS {self.version}"


CASES = [Case("ECDSA P-256", "1.3"), Case("ECDSA P-256", "1.2"), Case("RSA 2048", "1.3")]
_KEYS = {
    "ECDSA P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    "RSA 2048": ["rsa:2048"],
}
GATEWAYS = ("nginx", "Patchbay")


@dataclass
class _Server:
    """One gateway with one certificate, by the program's name and its port."""

    name: str
    port: int
    root: subprocess.Popen[bytes]


def main() -> None:
    build.tools()
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        print(report(measure(folder, QUICK)))


def measure(directory: Path, steps: Plan) -> list[Record]:
    """By round: `[gateway][case][what]`."""
    folder = directory / "tls"
    folder.mkdir()
    with ExitStack() as stack:
        origin = stack.enter_context(_origin(folder / "origin"))
        servers = {}
        for key, kind in _KEYS.items():
            certificate = _certificate(folder, key, kind)
            servers["nginx", key] = stack.enter_context(_nginx(folder, key, certificate, origin))
            servers["Patchbay", key] = stack.enter_context(
                _patchbay(folder, key, certificate, origin)
            )
        return [
            {
                gateway: {
                    case.label: _case(servers[gateway, case.key], case, steps) for case in CASES
                }
                for gateway in GATEWAYS
            }
            for _ in range(steps.tls_rounds)
        ]


def _case(server: _Server, case: Case, steps: Plan) -> Record:
    result = {}
    for what, path in (("full", "/small"), ("resumed", "/small"), ("transfer", "/large")):
        command = [str(places.TLS), str(server.port), what, case.version, path, str(_THREADS)]
        result[what] = _run(server, [*command, str(steps.tls_seconds)])
    return result


def _run(server: _Server, command: list[str]) -> Record:
    result, spent = cpu_of([server.root.pid], command)
    seconds = sum(spent.values())
    return {
        "rate": result["count"] / result["seconds"],
        "cpu_us": seconds / result["count"] * 1e6,
        "mb_rate": result["bytes"] / result["seconds"] / 1e6,
        "cpu_us_mb": seconds / result["bytes"] * 1e12,
    }


def report(rounds: list[Record]) -> str:
    """Medians over the rounds."""

    def value(gateway: str, case: Case, what: str, of: str) -> str:
        found = median(float(one[gateway][case.label][what][of]) for one in rounds)
        return f"{found:,.0f}"

    columns = [
        ("full", "rate"),
        ("full", "cpu_us"),
        ("resumed", "rate"),
        ("resumed", "cpu_us"),
        ("transfer", "mb_rate"),
        ("transfer", "cpu_us_mb"),
    ]
    rows: list[Row] = [
        [f"{gateway}, {case.label}", *(value(gateway, case, *column) for column in columns)]
        for case in CASES
        for gateway in GATEWAYS
    ]
    head = ["", "full/s", "CPU µs", "resumed/s", "CPU µs", "MB/s", "CPU µs a MB"]
    return table(head, rows)


# MARK: What runs


def _certificate(folder: Path, key: str, kind: list[str]) -> tuple[Path, Path]:
    name = key.split()[0].lower()
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    subject = ["-subj", "/CN=localhost", "-days", "1", "-out", certificate, "-keyout", private]
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", *kind, *subject]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return certificate, private


@contextmanager
def _origin(folder: Path) -> Iterator[int]:
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "small").write_bytes(b"x" * 1024)
    (folder / "large").write_bytes(b"x" * _LARGE)
    port = free_port()
    with _running(
        "origin", folder, _nginx_command(folder, _ORIGIN.format(port=port, folder=folder))
    ):
        _wait(port, None)
        yield port


@contextmanager
def _nginx(
    directory: Path, key: str, certificate: tuple[Path, Path], origin: int
) -> Iterator[_Server]:
    folder = directory / f"nginx-{key.split()[0]}"
    folder.mkdir()
    port = free_port()
    servers = _PROXY.format(
        origin=origin, port=port, certificate=certificate[0], key=certificate[1], ciphers=_CIPHERS
    )
    with _running("nginx", folder, _nginx_command(folder, servers)) as process:
        _wait(port, certificate[0])
        yield _Server("nginx", port, process)


def _nginx_command(folder: Path, servers: str) -> list[str]:
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, workers=WORKERS, servers=servers))
    return ["/usr/sbin/nginx", "-p", str(folder), "-c", str(config), "-e", "stderr"]


@contextmanager
def _patchbay(
    directory: Path, key: str, certificate: tuple[Path, Path], origin: int
) -> Iterator[_Server]:
    folder = directory / f"patchbay-{key.split()[0]}"
    folder.mkdir()
    port = free_port()
    config = folder / "kong.json"
    route = {"name": "all", "paths": ["/"], "strip_path": False}
    tls = {"certificate": str(certificate[0]), "key": str(certificate[1])}
    document = {
        "_format_version": "3.0",
        "services": [{"name": "origin", "url": f"http://127.0.0.1:{origin}", "routes": [route]}],
        "patchbay": {
            **patchbay.SETTINGS,
            "workers": WORKERS,
            "listen": f"127.0.0.1:{port} ssl reuseport",
            "admin": "off",
            "tls": tls,
        },
    }
    config.write_text(json.dumps(document, indent=1))
    with _running("patchbay", folder, [str(places.PATCHBAY), "run", str(config)]) as process:
        _wait(port, certificate[0])
        yield _Server("Patchbay", port, process)


@contextmanager
def _running(name: str, folder: Path, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        ended = process.poll()
        process.terminate()
        process.wait(20)
        if ended is not None:
            raise SystemExit(f"{name} ended:\n{(folder / 'log').read_text(errors='replace')}")


def _wait(port: int, certificate: Path | None) -> None:
    """Until a request is answered."""
    deadline = time.monotonic() + 20
    while True:
        connection: http.client.HTTPConnection
        if certificate:
            context = ssl.create_default_context(cafile=str(certificate))
            context.check_hostname = False
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/small")
            if connection.getresponse().status == 200:
                return
            problem = "another status than 200"
        except OSError as error:
            problem = str(error)
        finally:
            connection.close()
        if time.monotonic() > deadline:
            raise SystemExit(f"port {port} does not answer: {problem}")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
