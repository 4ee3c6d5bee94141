# SPDX-License-Identifier: Apache-2.0
"""ip-restriction, cors, request-termination, correlation-id: one gateway, a route for each config."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Gateway, KongFile, LogFile, file_log, request
from harness.client import Response
from plugin_pages.mirror import Mirror

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
ORIGIN = "https://a.example"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("basics")


@pytest.fixture(scope="module")
def basics(folder: Path) -> Iterator[Gateway]:
    with Mirror() as mirror, Gateway(_routes(folder, mirror.url), folder) as gateway:
        yield gateway


def _routes(folder: Path, url: str) -> KongFile:
    file = KongFile(trusted_ips=["127.0.0.1"])

    def route(path: str, **plugins: dict[str, object]) -> None:
        entries = [
            {"name": name.replace("_", "-"), "config": config} for name, config in plugins.items()
        ]
        file.route(path, *entries, file_log(folder / "log"), url=url)

    route("/inside", ip_restriction={"allow": ["127.0.0.0/8", "2001:db8::/32"]})
    route("/outside", ip_restriction={"deny": ["127.0.0.0/8"], "status": 451, "message": "no"})
    route("/cors", cors={"origins": [ORIGIN, r"https://.*\.test"], "exposed_headers": ["X-A"]})
    route("/origins-only", cors={"allow_origin_absent": False})
    route("/onward", cors={"preflight_continue": True})
    route("/refused-cors", cors={}, ip_restriction={"deny": ["0.0.0.0/0"]})
    route("/down", request_termination={"message": "later"}, correlation_id={})
    route("/page", request_termination={"body": "<p>", "content_type": "text/html"})
    route("/echo", request_termination={"echo": True, "trigger": "X-Echo", "status_code": 200})
    # Whoever is kept out is kept out, answered at the end of the chain or not.
    route("/both", request_termination={}, ip_restriction={"deny": ["0.0.0.0/0"]})
    route("/id", correlation_id={"echo_downstream": True, "header_name": "X-Id"})
    route("/tracked", correlation_id={"generator": "tracker"})
    return file


def ask(
    gateway: Gateway, path: str, method: str = "GET", body: object = None, **headers: str
) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request(gateway.address, method, path, body, named)


# MARK: ip-restriction


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("2001:db8::7", 200), ("2001:db9::7", 403), ("192.0.2.1", 403)],
)
def test_clients_are_let_in_by_their_address(basics: Gateway, address: str, status: int) -> None:
    response = ask(basics, "/inside", X_Real_IP=address)
    assert response.status == status
    if status == 403:
        assert response.json() == {"message": f"IP address not allowed: {address}"}


def test_a_refusal_is_the_configurations(basics: Gateway) -> None:
    response = ask(basics, "/outside")
    assert (response.status, response.json()) == (451, {"message": "no"})


# MARK: cors


def test_a_preflight_is_answered_before_the_upstream(basics: Gateway) -> None:
    response = request(basics.address, "OPTIONS", "/cors", None, PREFLIGHT)
    assert (response.status, response.body) == (200, b"")
    assert response.header("access-control-allow-origin") == ORIGIN
    assert "PUT" in (response.header("access-control-allow-methods") or "")
    assert response.header("access-control-expose-headers") is None
    assert response.header("vary") == "Origin"


@pytest.mark.parametrize(
    ("origin", "allowed"), [(ORIGIN, True), ("https://b.test", True), ("https://b.test.x", False)]
)
def test_a_response_names_who_may_read_it(basics: Gateway, origin: str, allowed: bool) -> None:
    response = ask(basics, "/cors", Origin=origin)
    assert response.json()["method"] == "GET"
    assert response.header("access-control-allow-origin") == (origin if allowed else None)
    assert response.header("access-control-expose-headers") == "X-A"
    assert response.header("vary") == "Origin"


def test_a_preflight_can_go_on(basics: Gateway) -> None:
    response = request(basics.address, "OPTIONS", "/onward", None, PREFLIGHT)
    assert response.json()["method"] == "OPTIONS"
    assert response.header("access-control-allow-origin") is None
    assert ask(basics, "/onward", Origin=ORIGIN).header("access-control-allow-origin") == "*"


def test_options_alone_is_no_preflight(basics: Gateway) -> None:
    response = ask(basics, "/cors", "OPTIONS", Origin=ORIGIN)
    assert response.json()["method"] == "OPTIONS"
    assert response.header("access-control-allow-origin") == ORIGIN


def test_who_sends_no_origin_can_be_left_alone(basics: Gateway) -> None:
    assert ask(basics, "/origins-only").header("access-control-allow-origin") is None
    response = ask(basics, "/origins-only", Origin=ORIGIN)
    assert response.header("access-control-allow-origin") == "*"


def test_pages_can_read_refusals_of_other_plugins(basics: Gateway) -> None:
    response = ask(basics, "/refused-cors", Origin=ORIGIN)
    assert (response.status, response.header("access-control-allow-origin")) == (403, "*")


# MARK: request-termination


def test_requests_are_answered_here(basics: Gateway) -> None:
    response = ask(basics, "/down")
    assert (response.status, response.json()) == (503, {"message": "later"})
    page = ask(basics, "/page")
    assert (page.body, page.header("content-type")) == (b"<p>", "text/html")


def test_an_echo_with_a_trigger(basics: Gateway) -> None:
    assert ask(basics, "/echo").json()["path"] == "/"
    response = ask(basics, "/echo/a?b=1", "POST", {"c": [2]}, X_Echo="1", Cookie="secret")
    echo = response.json()
    assert echo["request"]["body"] == {"c": [2]}
    assert echo["request"]["path"] == "/echo/a"
    assert echo["request"]["query"] == {"b": "1"}
    assert echo["matched_route"] == {"name": "echo-route"}
    assert b"secret" not in response.body


def test_who_is_kept_out_is_not_answered_at_the_end_of_the_chain(basics: Gateway) -> None:
    assert ask(basics, "/both").status == 403


# MARK: correlation-id


def test_a_request_gets_an_id_everywhere(basics: Gateway, folder: Path, test_id: str) -> None:
    response = ask(basics, "/id", x_test=test_id)
    made = response.header("x-id") or ""
    assert re.fullmatch(UUID + r"#\d+", made)
    assert response.json()["headers"]["x-id"] == made
    assert LogFile(folder / "log").entry(test_id)["correlation_id"] == made


def test_a_clients_own_id_is_kept(basics: Gateway, folder: Path, test_id: str) -> None:
    response = ask(basics, "/id", x_test=test_id, X_Id="mine")
    assert response.header("x-id") == "mine"
    assert response.json()["headers"]["x-id"] == "mine"
    assert LogFile(folder / "log").entry(test_id)["correlation_id"] == "mine"


def test_a_tracker_tells_where_the_request_came_in(basics: Gateway) -> None:
    made = ask(basics, "/tracked").json()["headers"]["kong-request-id"]
    assert re.fullmatch(rf"127\.0\.0\.1-{basics.port}-\d+-\d+-\d+-\d+\.\d{{3}}", made)


def test_a_request_that_is_answered_here_has_an_id_too(
    basics: Gateway, folder: Path, test_id: str
) -> None:
    ask(basics, "/down", x_test=test_id)
    assert re.fullmatch(UUID + r"#\d+", LogFile(folder / "log").entry(test_id)["correlation_id"])
