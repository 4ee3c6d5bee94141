# SPDX-License-Identifier: Apache-2.0
"""Clients that speak TLS with the gateway: who it is, what is spoken, what is refused."""

import contextlib
import http.client
import json
import operator
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Certificates, KongFile, request
from harness.certificates import Identity
from harness.processes import resident
from harness.raw_upstream import RawUpstream, read_exactly, read_head
from harness.reload import TAKEN, hang_up, take
from harness.tls_gateway import TLSGateway, over

# Seconds for what is waited for.
PATIENCE = 20.0


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def local(certificates: Certificates) -> Identity:
    return certificates.issue("local", "DNS:localhost", "IP:127.0.0.1")


def answers(connection: socket.socket) -> None:
    """Says how the request's head looked, as often as it is asked."""
    while True:
        head = read_head(connection)
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        read_exactly(connection, length)
        body = json.dumps({"head": head.decode(), "length": length}).encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


@pytest.fixture(scope="module")
def upstream() -> Iterator[RawUpstream]:
    with RawUpstream(answers) as running:
        yield running


def settings(identity: Identity, **more: Any) -> dict[str, Any]:
    return {"certificate": str(identity.certificate), "key": str(identity.key), **more}


def file_for(upstream: RawUpstream, **tls: Any) -> KongFile:
    return KongFile(tls=tls, workers=2).route("/a", url=upstream.url)


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, local: Identity, upstream: RawUpstream
) -> Iterator[TLSGateway]:
    file = file_for(upstream, **settings(local, handshake_timeout=700))
    with TLSGateway(file, tmp_path_factory.mktemp("gateway")) as running:
        yield running


# MARK: - What is spoken


def test_a_request_over_tls_is_one_like_others(
    gateway: TLSGateway, certificates: Certificates
) -> None:
    with gateway.connect(certificates.client()) as connection:
        for _ in range(3):
            response = over(connection, "GET", "/a")
            assert response.status == 200, response
            assert "X-Forwarded-Proto: https\r\n" in response.json()["head"]
    plain = request(gateway.address, "GET", "/a")
    assert "X-Forwarded-Proto: http\r\n" in plain.json()["head"]
    ready = next(line for line in gateway.log if '"ready"' in line)
    assert json.loads(ready)["listen"] == (
        f"127.0.0.1:{gateway.port}, 127.0.0.1:{gateway.tls_port} ssl http2 reuseport"
    )


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_the_openssl_command_is_answered(
    gateway: TLSGateway, certificates: Certificates, version: str
) -> None:
    text = "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    trust: list[str | Path] = ["-CAfile", certificates.authority, "-verify_return_error"]
    seen = gateway.openssl(version, *trust, "-quiet", text=text)
    assert "HTTP/1.1 200 OK" in seen.stdout, seen.stderr
    assert seen.returncode == 0, seen.stderr


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_older_versions_are_refused(gateway: TLSGateway, version: str) -> None:
    seen = gateway.openssl(version, "-cipher", "DEFAULT@SECLEVEL=0")
    assert "alert protocol version" in seen.stderr, seen.stderr
    assert seen.returncode != 0


def test_modern_is_1_3_only(tmp_path: Path, local: Identity, upstream: RawUpstream) -> None:
    file = file_for(upstream, **settings(local, cipher_suite="modern"))
    with TLSGateway(file, tmp_path) as gateway:
        assert "alert protocol version" in gateway.openssl("-tls1_2").stderr
        assert "New, TLSv1.3" in gateway.openssl("-tls1_3").stdout


def test_a_renegotiation_is_refused(gateway: TLSGateway) -> None:
    # A line with an R alone has the command ask for one.
    seen = gateway.openssl("-tls1_2", text="R\n")
    assert "no renegotiation" in seen.stderr, seen.stderr


def test_what_is_spoken_is_agreed_on(gateway: TLSGateway, certificates: Certificates) -> None:
    for offered, agreed in (
        (["http/1.1"], "http/1.1"),
        (["x", "http/1.1"], "http/1.1"),
        ([], None),
    ):
        context = certificates.client()
        if offered:
            context.set_alpn_protocols(offered)
        with gateway.connect(context) as connection:
            assert connection.selected_alpn_protocol() == agreed
            assert over(connection, "GET", "/a").status == 200
    context.set_alpn_protocols(["x"])
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        gateway.connect(context)


def test_http2_is_agreed_on_where_it_is_offered(
    gateway: TLSGateway,
    tmp_path: Path,
    certificates: Certificates,
    local: Identity,
    upstream: RawUpstream,
) -> None:
    def curl(running: TLSGateway, *options: str | Path) -> tuple[str, Any]:
        url = f"https://localhost:{running.tls_port}/a"
        trust: list[str | Path] = ["--cacert", certificates.authority, "-w", "\\n%{http_version}"]
        command = ["curl", "-sS", "--ipv4", *trust, *options, url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done.stderr
        body, _, version = done.stdout.rpartition("\n")
        return version, json.loads(body)

    upload = tmp_path / "upload"
    upload.write_bytes(bytes(5 << 20))
    version, seen = curl(gateway, "--http2")
    assert version == "2"
    assert "X-Forwarded-Proto: https\r\n" in seen["head"]
    version, seen = curl(gateway, "--http2", "--data-binary", f"@{upload}")
    assert (version, seen["length"]) == ("2", 5 << 20)
    assert curl(gateway, "--http1.1")[0] == "1.1"
    file = file_for(upstream, **settings(local))
    with TLSGateway(file, tmp_path, options="ssl") as without:
        assert curl(without, "--http2")[0] == "1.1"


def test_the_end_is_announced(gateway: TLSGateway, certificates: Certificates) -> None:
    raw = socket.create_connection(gateway.tls_address, timeout=20)
    # Python's way to hear of an end that is not.
    with certificates.client().wrap_socket(
        raw, server_hostname="localhost", suppress_ragged_eofs=False
    ) as connection:
        connection.sendall(b"GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert received.startswith(b"HTTP/1.1 200 OK")


# MARK: - Who it is


def test_the_certificate_is_that_of_the_name(
    tmp_path: Path, certificates: Certificates, upstream: RawUpstream
) -> None:
    def names(name: str, *subjects: str, rsa: bool = False) -> Identity:
        return certificates.issue(name, *(f"DNS:{one}" for one in subjects), rsa=rsa)

    standard, file = names("standard", "else.example"), names("file", "file.example")
    exact, wild = names("exact", "a.b.example", rsa=True), names("wild", "*.b.example")
    suffix, flat = names("suffix", "api.suffix.test"), names("flat", "flat.example")
    kong = file_for(
        upstream,
        **settings(standard),
        certificates=[settings(file, snis=["file.example"])],
    )
    flat_id = "9e2e1f46-3d6a-4a2e-8e8f-0d6a6a3a1b01"
    kong.entities["certificates"] = [
        {
            "cert": exact.certificate.read_text(),
            "key": "{vault://env/EXACT_KEY}",
            "snis": [{"name": "a.b.example"}],
        },
        {
            "cert": wild.certificate.read_text(),
            "key": wild.key.read_text(),
            "snis": [{"name": "*.b.example"}],
        },
        {
            "cert": suffix.certificate.read_text(),
            "key": suffix.key.read_text(),
            "snis": [{"name": "api.suffix.*"}],
        },
        {"id": flat_id, "cert": flat.certificate.read_text(), "key": flat.key.read_text()},
    ]
    kong.entities["snis"] = [{"name": "flat.example", "certificate": {"id": flat_id}}]
    with TLSGateway(kong, tmp_path, {"EXACT_KEY": exact.key.read_text()}) as gateway:
        context = certificates.client()
        for name, expected in (
            ("file.example", "file"),
            ("a.b.example", "exact"),
            ("A.B.example", "exact"),
            ("c.b.example", "wild"),
            ("api.suffix.test", "suffix"),
            ("flat.example", "flat"),
            ("else.example", "standard"),
        ):
            with gateway.connect(context, name) as connection:
                assert common_name(connection) == expected, name
                assert over(connection, "GET", "/a").status == 200
        for name in ("x.c.b.example", "b.example", "other.example"):
            with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
                gateway.connect(context, name)
        assert "PRIVATE KEY" not in gateway.log_text


def common_name(connection: ssl.SSLSocket) -> str:
    certificate = connection.getpeercert()
    assert certificate
    subject: Any = certificate["subject"]
    return str(dict(pair for part in subject for pair in part)["commonName"])


def test_without_a_certificate_one_is_generated(tmp_path: Path, upstream: RawUpstream) -> None:
    with TLSGateway(KongFile().route("/a", url=upstream.url), tmp_path) as gateway:
        gateway.wait_for_log("no default certificate is configured")
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
            gateway.connect(ssl.create_default_context())
        shown = ssl.get_server_certificate(gateway.tls_address)
        trusting = ssl.create_default_context(cadata=shown)
        assert gateway.ask(trusting, "/a").status == 200
        # It stays, whatever is configured meanwhile.
        take(gateway, gateway.file)
        assert ssl.get_server_certificate(gateway.tls_address) == shown


@pytest.mark.parametrize("wrong", ["expired", "name", "authority"])
def test_clients_see_what_is_wrong_with_us(
    tmp_path: Path, certificates: Certificates, upstream: RawUpstream, wrong: str
) -> None:
    identity = certificates.issue(
        f"wrong-{wrong}",
        "DNS:elsewhere.example" if wrong == "name" else "DNS:localhost",
        authority=certificates.stranger() if wrong == "authority" else None,
        days=-1 if wrong == "expired" else 1,
    )
    message = {
        "expired": "certificate has expired",
        "name": "Hostname mismatch",
        "authority": "unable to get local issuer certificate",
    }[wrong]
    with TLSGateway(file_for(upstream, **settings(identity)), tmp_path) as gateway:
        with pytest.raises(ssl.SSLCertVerificationError, match=message):
            gateway.connect(certificates.client())
        assert request(gateway.address, "GET", "/a").status == 200


# MARK: - Sessions


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_go_on_over_all_event_loops(
    gateway: TLSGateway, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    context = certificates.client()
    context.minimum_version = context.maximum_version = version
    with gateway.connect(context) as first:
        assert over(first, "GET", "/a").status == 200
        session = first.session
        assert not first.session_reused
    # The kernel deals them to two loops: that all came to one is out of the question.
    for _ in range(30):
        with gateway.connect(context, session=session) as connection:
            assert connection.session_reused
            assert over(connection, "GET", "/a").status == 200
            session = connection.session or session


# MARK: - Client certificates


@pytest.fixture(scope="module")
def clients(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("clients"))


@pytest.mark.parametrize("mode", ["required", "optional"])
def test_clients_show_a_certificate(
    tmp_path: Path,
    certificates: Certificates,
    clients: Certificates,
    local: Identity,
    upstream: RawUpstream,
    mode: str,
) -> None:
    known = certificates.client(clients.issue("known", "DNS:client.example"))
    expired = certificates.client(clients.issue("expired", "DNS:client.example", days=-1))
    stranger = certificates.client(certificates.issue("stranger-client", "DNS:client.example"))
    tls = settings(local, client_verify=mode, client_ca=str(clients.authority))
    with TLSGateway(file_for(upstream, **tls), tmp_path) as gateway:
        assert gateway.ask(known, "/a").status == 200
        if mode == "optional":
            assert gateway.ask(certificates.client(), "/a").status == 200
        else:
            refuses(gateway, certificates.client())
        refuses(gateway, expired)
        refuses(gateway, stranger)
        assert gateway.ask(known, "/a").status == 200


def refuses(gateway: TLSGateway, context: ssl.SSLContext) -> None:
    """With TLS 1.3 a client hears only after its handshake that it was not let in."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, version
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            gateway.ask(context, "/a")


def test_a_name_that_asks_for_certificates_is_not_reached_by_another(
    tmp_path: Path, certificates: Certificates, clients: Certificates, upstream: RawUpstream
) -> None:
    open_one = certificates.issue("open", "DNS:open.example")
    closed = certificates.issue("closed", "DNS:closed.example")
    tls = settings(
        open_one,
        certificates=[
            settings(
                closed,
                snis=["closed.example"],
                client_verify="required",
                client_ca=str(clients.authority),
            )
        ],
    )
    known = certificates.client(clients.issue("known-again", "DNS:client.example"))
    with TLSGateway(file_for(upstream, **tls), tmp_path) as gateway:
        anybody = certificates.client()
        with gateway.connect(anybody, "open.example") as connection:
            for host, status in (
                ("open.example", 200),
                ("closed.example", 421),
                ("CLOSED.example:443", 421),
                ("open.example:443", 200),
            ):
                response = over(connection, "GET", "/a", headers={"Host": host})
                assert response.status == status, (host, response)
        with gateway.connect(known, "closed.example") as connection:
            assert over(connection, "GET", "/a", headers={"Host": "closed.example"}).status == 200
        # A session of the one name does not let in by the other.
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = certificates.client()
            context.check_hostname = False
            context.minimum_version = context.maximum_version = version
            with gateway.connect(context, "open.example") as connection:
                assert over(connection, "GET", "/a").status == 200
                session = connection.session
            with (
                pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)),
                gateway.connect(context, "closed.example", session) as connection,
            ):
                over(connection, "GET", "/a", headers={"Host": "closed.example"})


# MARK: - Renewal


def test_certificates_are_renewed_while_traffic_flows(
    tmp_path: Path, certificates: Certificates, upstream: RawUpstream
) -> None:
    live = Identity(tmp_path / "live.pem", tmp_path / "live.key")

    def install(identity: Identity) -> None:
        shutil.copy(identity.certificate, live.certificate)
        shutil.copy(identity.key, live.key)

    generations = [certificates.issue(f"renewed-{n}", "DNS:localhost") for n in range(3)]
    install(generations[0])
    with TLSGateway(file_for(upstream, **settings(live)), tmp_path) as gateway:
        context = certificates.client()
        stop = threading.Event()
        failures: list[object] = []
        counts = [0, 0]
        counted = threading.Condition()

        def keep_asking(index: int) -> None:
            connection = gateway.connect(context)
            while not stop.is_set():
                try:
                    if index == 1:
                        connection.close()
                        connection = gateway.connect(context)
                    response = over(connection, "GET", "/a")
                    if response.status != 200:
                        failures.append(response)
                    with counted:
                        counts[index] += 1
                        counted.notify()
                except OSError as error:
                    failures.append(error)
                    return
            connection.close()

        def let_traffic_flow() -> None:
            with counted:
                aims = [count + 2 for count in counts]
                assert counted.wait_for(
                    lambda: failures or all(map(operator.ge, counts, aims)), PATIENCE
                ), counts

        threads = [threading.Thread(target=keep_asking, args=(index,)) for index in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number, identity in enumerate(generations):
                install(identity)
                take(gateway, gateway.file)
                with gateway.connect(context) as connection:
                    assert common_name(connection) == f"renewed-{number}"
                let_traffic_flow()
            live.key.write_text(generations[0].key.read_text())
            messages = hang_up(gateway, gateway.file)
            assert messages[-1] != TAKEN, messages
            with gateway.connect(context) as connection:
                assert common_name(connection) == "renewed-2"
            let_traffic_flow()
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)
        assert failures == []
        assert min(counts) > 5
        assert "patchbay.tls.key: cannot use" in gateway.log_text
        assert "PRIVATE KEY" not in gateway.log_text


# MARK: - What is refused


@pytest.mark.parametrize("text", [b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", b"options * HTTP/1.0\r\n"])
def test_plain_http_is_answered_in_its_language(gateway: TLSGateway, text: bytes) -> None:
    with socket.create_connection(gateway.tls_address, timeout=20) as connection:
        connection.sendall(text)
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == 400
        message = json.loads(response.read())["message"]
        assert message == "The plain HTTP request was sent to HTTPS port"
        assert connection.recv(1) == b""


def test_who_still_sends_gets_the_answer(gateway: TLSGateway) -> None:
    with socket.create_connection(gateway.tls_address, timeout=20) as connection:
        connection.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n")
        connection.sendall(bytes(300_000))
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == 400


@pytest.mark.parametrize("sent", ["", "16 03 01", "16 03 01 01 00 01 00 00 fc 03 03"])
def test_a_slow_handshake_is_ended(gateway: TLSGateway, sent: str) -> None:
    with socket.create_connection(gateway.tls_address, timeout=20) as connection:
        connection.sendall(bytes.fromhex(sent))
        assert connection.recv(1000) == b""


def test_garbage_ends_only_its_own_connection(
    gateway: TLSGateway, certificates: Certificates
) -> None:
    good = gateway.connect(certificates.client())
    for junk in (b"\x00" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 20_000, b"\x80\x2e\x01", b"\xff"):
        with socket.create_connection(gateway.tls_address, timeout=20) as connection:
            connection.sendall(junk)
            # An alert, maybe, and the end: by a reset, as not all was read.
            with contextlib.suppress(ConnectionResetError):
                while connection.recv(1000):
                    pass
    # Behind a handshake: a record that nobody has sealed.
    raw = socket.create_connection(gateway.tls_address, timeout=20)
    with certificates.client().wrap_socket(raw, server_hostname="localhost") as connection:
        with socket.socket(fileno=socket.dup(connection.fileno())) as below:
            below.sendall(b"\x17\x03\x03\x00\x40" + b"j" * 64)
        with contextlib.suppress(OSError):
            while connection.recv(1000):
                pass
    assert over(good, "GET", "/a").status == 200
    good.close()


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_body_that_is_cut_is_no_body(
    tmp_path: Path, certificates: Certificates, local: Identity, end: str
) -> None:
    began, ended = threading.Event(), threading.Event()
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        body = read_exactly(connection, 5)
        began.set()
        try:
            while piece := connection.recv(65536):
                body += piece
        finally:
            seen.append(body)
            ended.set()

    with (
        RawUpstream(talk) as upstream,
        TLSGateway(file_for(upstream, **settings(local)), tmp_path) as gateway,
    ):
        connection = gateway.connect(certificates.client())
        head = b"POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"5\r\nhello\r\n")
        assert began.wait(20)
        # The end of TCP without the end of TLS: whoever is between can make it.
        below = socket.socket(fileno=connection.detach())
        if end == "reset":
            below.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        below.close()
        assert ended.wait(20)
    assert seen[0].endswith(b"hello\r\n")


# MARK: - Bodies


def test_large_bodies_go_both_ways_and_a_slow_reader_holds_nobody_up(
    tmp_path: Path, certificates: Certificates, local: Identity
) -> None:
    size = 64 << 20
    piece = bytes(range(256)) * 256
    stalled = threading.Event()

    def talk(connection: socket.socket) -> None:
        while True:
            head = read_head(connection)
            if head.startswith(b"POST"):
                body = read_exactly(connection, 5 << 20)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
                connection.sendall(body)
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
                for _ in range(size // len(piece)):
                    connection.settimeout(0.5)
                    try:
                        connection.sendall(piece)
                    except TimeoutError:
                        # The gateway takes no more: that is what is wanted.
                        stalled.set()
                        return

    with RawUpstream(talk) as upstream:
        file = KongFile(tls=settings(local), workers=2).route("/a", url=upstream.url)
        with TLSGateway(file, tmp_path) as gateway:
            context = certificates.client()
            assert gateway.ask(context, "/a", method="POST", body=piece * 80).body == piece * 80
            before = resident(gateway.pid)
            slow = [gateway.connect(context) for _ in range(4)]
            for connection in slow:
                connection.sendall(b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert stalled.wait(20)
            answer = gateway.ask(context, "/a", method="POST", body=piece * 80)
            assert answer.body == piece * 80
            assert resident(gateway.pid) - before < 32 << 20
            for connection in slow:
                connection.close()


# MARK: - The admin API


def test_the_admin_api_can_speak_tls(
    tmp_path: Path, certificates: Certificates, local: Identity, upstream: RawUpstream
) -> None:
    gateway = TLSGateway(file_for(upstream, **settings(local)), tmp_path)
    gateway.admin_listener = " ssl"
    with gateway:
        raw = socket.create_connection(("127.0.0.1", gateway.admin_port), timeout=20)
        with certificates.client().wrap_socket(raw, server_hostname="localhost") as connection:
            assert over(connection, "GET", "/status").json()["server"]["total_requests"] == 0
        plain = request(("127.0.0.1", gateway.admin_port), "GET", "/status")
        assert plain.status == 400
