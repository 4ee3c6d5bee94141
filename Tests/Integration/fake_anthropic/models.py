# SPDX-License-Identifier: Apache-2.0
"""The models that the fake has, and what sets them apart."""

from dataclasses import dataclass

from . import errors

_NO_EFFORT: tuple[str, ...] = ()
_EFFORT = ("low", "medium", "high", "max")
_ALL_EFFORT = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True)
class Model:
    """What a model takes. `adaptive` thinking is the model's choice, `budget` the client's."""

    id: str
    thinking: tuple[str, ...]
    effort: tuple[str, ...]
    takes_sampling: bool = True
    # Only one of temperature and top_p.
    takes_both: bool = False
    takes_prefill: bool = True
    takes_later_instructions: bool = False
    has_structured_outputs: bool = True
    shows_thinking: bool = True
    max_tokens: int = 64_000


_BUDGET = ("enabled", "disabled")
_BOTH = ("adaptive", "enabled", "disabled")
_ADAPTIVE = ("adaptive", "disabled")

_MODELS = (
    Model(
        "claude-3-haiku-20240307",
        (),
        _NO_EFFORT,
        takes_both=True,
        has_structured_outputs=False,
        max_tokens=4096,
    ),
    Model(
        "claude-sonnet-4-20250514",
        _BUDGET,
        _NO_EFFORT,
        takes_both=True,
        has_structured_outputs=False,
    ),
    Model("claude-haiku-4-5-20251001", _BUDGET, _NO_EFFORT),
    Model("claude-sonnet-4-6", _BOTH, _EFFORT, takes_prefill=False),
    Model(
        "claude-opus-4-8",
        _ADAPTIVE,
        _ALL_EFFORT,
        takes_sampling=False,
        takes_prefill=False,
        takes_later_instructions=True,
        shows_thinking=False,
        max_tokens=128_000,
    ),
    Model(
        "claude-sonnet-5-5",
        _ADAPTIVE,
        _ALL_EFFORT,
        takes_sampling=False,
        takes_prefill=False,
        takes_later_instructions=True,
        shows_thinking=False,
        max_tokens=128_000,
    ),
    Model(
        "claude-fable-5-2",
        ("adaptive",),
        _ALL_EFFORT,
        takes_sampling=False,
        takes_prefill=False,
        takes_later_instructions=True,
        shows_thinking=False,
        max_tokens=128_000,
    ),
)

_ALIASES = {"claude-haiku-4-5": "claude-haiku-4-5-20251001"}
_BY_ID = {model.id: model for model in _MODELS}

# They know the Text Completions API and nothing else here.
COMPLETIONS = ("claude-2.1", "claude-instant-1.2")


def named(name: str) -> Model:
    model = _BY_ID.get(_ALIASES.get(name, name))
    if model is None:
        raise errors.model_not_found(name)
    return model


def listing() -> dict[str, object]:
    data = [
        {
            "type": "model",
            "id": model.id,
            "display_name": model.id,
            "created_at": "2026-01-01T00:00:00Z",
            "lifecycle": "active",
            "max_tokens": model.max_tokens,
        }
        for model in _MODELS
    ]
    return {
        "data": data,
        "has_more": False,
        "first_id": _MODELS[0].id,
        "last_id": _MODELS[-1].id,
    }
