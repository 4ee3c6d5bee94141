# SPDX-License-Identifier: Apache-2.0
"""The fake of Azure AI Content Safety, driven by Azure's own SDK: what that SDK takes, the service sends."""

from collections.abc import Iterator
from typing import Any

import pytest
from azure.ai.contentsafety import ContentSafetyClient
from azure.ai.contentsafety.models import AnalyzeTextOptions, AnalyzeTextOutputType, TextCategory
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

from fake_content_safety import KEY, FakeContentSafety
from harness import request


@pytest.fixture(scope="module")
def server() -> Iterator[FakeContentSafety]:
    with FakeContentSafety() as running:
        yield running


def client(server: FakeContentSafety, key: str = KEY) -> Any:
    return ContentSafetyClient(server.url, AzureKeyCredential(key), retry_total=0)


def ratings(answer: Any) -> dict[str, int]:
    return {one.category: one.severity for one in answer.categories_analysis}


def test_a_text_is_rated(server: FakeContentSafety) -> None:
    with client(server) as sdk:
        answer = sdk.analyze_text(AnalyzeTextOptions(text="a [Hate 5] b [Violence 2]"))
        assert ratings(answer) == {"Hate": 4, "SelfHarm": 0, "Sexual": 0, "Violence": 2}
        assert answer.blocklists_match == []
        eight = AnalyzeTextOptions(
            text="[Hate 5]",
            categories=[TextCategory.HATE],
            output_type=AnalyzeTextOutputType.EIGHT_SEVERITY_LEVELS,
        )
        assert ratings(sdk.analyze_text(eight)) == {"Hate": 5}


@pytest.mark.parametrize("halts", [True, False])
def test_blocklists(server: FakeContentSafety, halts: bool) -> None:
    options = AnalyzeTextOptions(
        text="Azkaban [Hate 2]",
        blocklist_names=["names", "places"],
        halt_on_blocklist_hit=halts,
    )
    with client(server) as sdk:
        answer = sdk.analyze_text(options)
    assert [one.blocklist_name for one in answer.blocklists_match] == ["places"]
    assert answer.blocklists_match[0].blocklist_item_text == "azkaban"
    assert ratings(answer).get("Hate", 0) == (0 if halts else 2)


def test_what_is_refused(server: FakeContentSafety) -> None:
    for options, status in [
        (AnalyzeTextOptions(text=""), 400),
        (AnalyzeTextOptions(text="é" * 10_001), 400),
        (AnalyzeTextOptions(text="a", categories=["Rudeness"]), 400),
        (AnalyzeTextOptions(text="a", output_type="Two"), 400),
        (AnalyzeTextOptions(text="a", blocklist_names=["none"]), 404),
    ]:
        with client(server) as sdk, pytest.raises(HttpResponseError) as error:
            sdk.analyze_text(options)
        assert error.value.status_code == status
    with client(server, "other") as sdk, pytest.raises(HttpResponseError) as error:
        sdk.analyze_text(AnalyzeTextOptions(text="a"))
    assert error.value.status_code == 401
    with client(server) as sdk:
        assert sdk.analyze_text(AnalyzeTextOptions(text="é" * 10_000)).categories_analysis


def test_other_places(server: FakeContentSafety) -> None:
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    for path in ("/contentsafety/text:analyze", "/contentsafety/image:analyze?api-version=2023-10-01"):
        assert request(address, "POST", path, {"text": "a"}).status == 404
