# SPDX-License-Identifier: Apache-2.0
"""Routes to the providers that one runs oneself."""

from typing import Any

from harness import ai_proxy

VARIABLE = "E2E_SELF_HOSTED"
AUTH = {"header_name": "Authorization", "header_value": f"{{vault://env/{VARIABLE}}}"}


def proxy(
    provider: str,
    upstream: str | None,
    model: str | None,
    route_type: str = "llm/v1/chat",
    options: dict[str, Any] | None = None,
    **config: Any,
) -> dict[str, Any]:
    """`ai-proxy` for a provider; the upstream's key is in the environment."""
    plugin = ai_proxy(upstream, route_type, model=model, options=options, auth=AUTH, **config)
    plugin["config"]["model"]["provider"] = provider
    return plugin
