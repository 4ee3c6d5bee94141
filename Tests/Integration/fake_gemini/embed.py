# SPDX-License-Identifier: Apache-2.0
"""Vectors: `embedContent` and `batchEmbedContents`, and Vertex's `predict`."""

from typing import Any

from fake_openai.embeddings import vector
from fake_provider import Answer, answer

from . import errors, models, usage


def public(body: dict[str, Any], model: str, is_batch: bool) -> Answer:
    requests = body.get("requests") or [] if is_batch else [body]
    if not requests:
        raise errors.invalid("* BatchEmbedContentsRequest.requests: at least one is required\n")
    if len(requests) > 100:
        raise errors.invalid(
            "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n"
        )
    values = []
    for index, request in enumerate(requests):
        named = request.get("model")
        if named != f"models/{model}" and (is_batch or named is not None):
            raise errors.invalid(
                f"* BatchEmbedContentsRequest.requests[{index}].model: must match the model of "
                "the batch\n"
            )
        values.append(_values(request, request.get("outputDimensionality"), model))
    return _answer(requests, values, is_batch)


def vertex(body: dict[str, Any], model: str, is_batch: bool) -> Answer:
    requests = body.get("requests") or [] if is_batch else [body]
    if not requests:
        raise errors.invalid("The request has no contents.")
    sizes = [
        (request.get("embedContentConfig") or {}).get("outputDimensionality")
        for request in requests
    ]
    values = [_values(*pair, model) for pair in zip(requests, sizes, strict=True)]
    return _answer(requests, values, is_batch)


def predict(body: dict[str, Any], model: str) -> Answer:
    instances = body.get("instances") or []
    if not instances:
        raise errors.invalid("Request contains an invalid argument: instances is empty.")
    if model.startswith("gemini-") and len(instances) > 1:
        raise errors.invalid(f"{model} takes one instance per request.")
    size = (body.get("parameters") or {}).get("outputDimensionality") or models.PREDICTED[model]
    predictions = []
    for instance in instances:
        if not instance.get("content"):
            raise errors.invalid("The text content is empty.")
        statistics = {"truncated": False, "token_count": usage.of_text(instance["content"])}
        values = vector(instance["content"], int(size))
        predictions.append({"embeddings": {"statistics": statistics, "values": values}})
    characters = sum(len(instance["content"]) for instance in instances)
    result = answer.of_json(
        {"predictions": predictions, "metadata": {"billableCharacterCount": characters}}
    )
    tokens = sum(usage.of_text(instance["content"]) for instance in instances)
    result.usage = {"promptTokenCount": tokens}
    return result


def _values(request: dict[str, Any], size: int | None, model: str) -> list[float]:
    most = models.EMBEDDINGS[model]
    size = int(size or most)
    if not 1 <= size <= most:
        raise errors.invalid(f"output_dimensionality must be between 1 and {most}.")
    text = _text(request)
    if not text:
        raise errors.invalid("* EmbedContentRequest.content: empty Part\n")
    return vector(text, size)


def _text(request: dict[str, Any]) -> str:
    parts = (request.get("content") or {}).get("parts") or []
    return "".join(part.get("text", "") for part in parts)


def _answer(requests: list[dict[str, Any]], values: list[list[float]], is_batch: bool) -> Answer:
    tokens = sum(usage.of_text(_text(request)) for request in requests)
    embeddings = [{"values": one} for one in values]
    value: dict[str, Any] = {"embeddings": embeddings} if is_batch else {"embedding": embeddings[0]}
    value["usageMetadata"] = {"promptTokenCount": tokens}
    result = answer.of_json(value)
    result.usage = value["usageMetadata"]
    return result
