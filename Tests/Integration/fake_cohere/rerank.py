# SPDX-License-Identifier: Apache-2.0
"""POST /v2/rerank and /v1/rerank: the more words of the query a document has, the better."""

from typing import Any

from fake_provider import Answer, answer

from . import errors, models, parameters


def respond(body: dict[str, Any]) -> Answer:
    parameters.check(body, parameters.RERANK, "rerank", ("model", "query", "documents"))
    if body["model"] not in models.RERANK:
        raise errors.model_not_found(body["model"])
    wanted = set(body["query"].split())
    scores = [len(wanted & set(text.split())) / len(wanted) for text in body["documents"]]
    order = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
    billed = {"search_units": 1}
    result = answer.of_json(
        {
            "id": "07734bd2-2473-4f07-94e1-0d9f0e6843cf",
            "results": [
                {"index": index, "relevance_score": scores[index]}
                for index in order[: body.get("top_n") or len(order)]
            ],
            "meta": {"api_version": {"version": "2"}, "billed_units": billed},
        }
    )
    result.usage = {"billed_units": billed}
    return result
