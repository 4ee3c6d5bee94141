# SPDX-License-Identifier: Apache-2.0
"""One gateway with a route for each configuration of ai-proxy; some tests start their own."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from fake_openai import KEY, FakeOpenAI
from fake_provider import FakeProvider
from harness import Gateway, KongFile, LogFile, ai_echo, ai_proxy, file_log
from harness.gateway import BINARY
from harness.kong import KEY_VARIABLE, header_auth
from harness.packages import install
from llama_server import LlamaServer, write_model
from tests.native_apis import APIS

# Where a fixture's name alone would not say what a route does, the route's path does.
PRICES = {"input_cost": 0.15, "output_cost": 0.6}
ENVIRONMENT = {
    KEY_VARIABLE: f"Bearer {KEY}",
    "E2E_BARE_KEY": KEY,
    "E2E_LLAMA_AUTHORIZATION": f"Bearer {LlamaServer.KEY}",
}

StartGateway = Callable[..., AbstractContextManager[Gateway]]


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="session")
def shared_fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def fake(shared_fake: FakeOpenAI) -> FakeOpenAI:
    shared_fake.reset()
    return shared_fake


@pytest.fixture(scope="module")
def natives() -> Iterator[dict[str, FakeProvider]]:
    """A fake of each API that a provider has for itself."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(api.fake()) for name, api in APIS.items()}


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    place = tmp_path_factory.mktemp("llama")
    write_model(place / "noise.gguf")
    with LlamaServer(place / "noise.gguf", place / "server.log", "embeddings") as server:
        yield server


@pytest.fixture(scope="session")
def gateway(directory: Path, shared_fake: FakeOpenAI, llama: LlamaServer) -> Iterator[Gateway]:
    with Gateway(_routes(directory, shared_fake, llama), directory, ENVIRONMENT) as running:
        yield running


@pytest.fixture(scope="session")
def log_file(directory: Path) -> LogFile:
    return LogFile(directory / "file.log")


@pytest.fixture
def start_gateway(tmp_path: Path) -> StartGateway:
    """Starts a gateway for this test alone."""

    def start(file: KongFile, **environment: str) -> AbstractContextManager[Gateway]:
        return Gateway(file, tmp_path, ENVIRONMENT | environment)

    return start


@pytest.fixture(scope="session")
def gateway_test_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin folder with the one that does what a test's configuration says."""
    folder = tmp_path_factory.mktemp("plugins")
    executable = BINARY.with_name("gateway-test")
    install = [BINARY, "plugin", "install", executable, "--plugins", folder]
    subprocess.run(install, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def credential_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin folder with the one that asks for the credentials that a test's configuration says."""
    folder = tmp_path_factory.mktemp("plugins")
    install(BINARY.with_name("credentials-test"), folder)
    return folder


@pytest.fixture
def test_id(request: pytest.FixtureRequest) -> str:
    """Marks the requests of a test, so that it finds its own log entries."""
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)


def _routes(directory: Path, fake: FakeOpenAI, llama: LlamaServer) -> KongFile:
    log = file_log(directory / "file.log")
    chat = f"{fake.url}/v1/chat/completions"
    completions = f"{fake.url}/v1/completions"
    embeddings = f"{fake.url}/v1/embeddings"
    bare = "{vault://env/E2E_BARE_KEY}"
    large = 16 << 20

    file = KongFile(limits={"request_body": "32MiB"})
    file.route("/chat", ai_proxy(chat, options=PRICES, max_request_body_size=large), log)
    file.route("/any", ai_proxy(chat, model=None, options=PRICES), log)
    file.route("/quiet", ai_proxy(chat, logging=False, max_request_body_size=large))
    file.route("/always", ai_proxy(chat, response_streaming="always"), log)
    file.route("/deny", ai_proxy(chat, response_streaming="deny"), log)
    file.route("/small", ai_proxy(chat, max_request_body_size=1000), log)
    file.route("/unnamed", ai_proxy(chat, model_name_header=False), log)
    tuned = {"temperature": 0.25, "max_tokens": 7, "top_p": 0.5}
    file.route("/tuned", ai_proxy(chat, options=tuned), log)
    file.route("/override", ai_proxy(chat, auth=header_auth(allow_override=True)), log)
    query = {"param_name": "key", "param_value": bare, "param_location": "query"}
    file.route("/query-auth", ai_proxy(chat, auth=header_auth(**query)), log)
    body = {"param_name": "user", "param_value": bare, "param_location": "body"}
    file.route("/body-auth", ai_proxy(chat, auth=header_auth(**body)), log)
    file.route("/by-header", ai_proxy(chat, model="$(headers.x-model)"), log)
    file.route("/by-query", ai_proxy(chat, model="$(query_params.wanted)"), log)
    file.route(
        "~/by-path/(?<wanted>[^/]+)/chat", ai_proxy(chat, model="$(uri_captures.wanted)"), log
    )
    file.route(
        "/completions",
        ai_proxy(completions, "llm/v1/completions", model="gpt-3.5-turbo-instruct", options=PRICES),
        log,
    )
    file.route(
        "/embeddings",
        ai_proxy(embeddings, "llm/v1/embeddings", model="text-embedding-3-small", options=PRICES),
        log,
    )
    # Kong's rule: a preserved request keeps its path, stripped or not, unless `upstream_path` says
    # otherwise.
    file.route("/v1", ai_proxy(fake.url, "preserve", model=None), log)
    rest = {"upstream_path": "$(uri_captures.rest)"}
    file.route(
        "~/preserve(?<rest>/.*)", ai_proxy(fake.url, "preserve", model=None, options=rest), log
    )
    file.route("/echo", ai_echo(), log)
    file.route("/plain", log, url=fake.url)

    llama_auth = {
        "header_name": "Authorization",
        "header_value": "{vault://env/E2E_LLAMA_AUTHORIZATION}",
    }
    for path, kind, operation in (
        ("/llama-chat", "llm/v1/chat", "chat/completions"),
        ("/llama-completions", "llm/v1/completions", "completions"),
        ("/llama-embeddings", "llm/v1/embeddings", "embeddings"),
    ):
        upstream = f"{llama.url}/v1/{operation}"
        proxy = ai_proxy(upstream, kind, model=llama.MODEL, auth=llama_auth, options=PRICES)
        file.route(path, proxy, log)
    return file
