# SPDX-License-Identifier: Apache-2.0
"""What is compared: all of them run at once and wait; only the measured one works."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..traffic import TrafficFiles
from . import envoy, nginx, patchbay
from .gateway import Gateway
from .upstream import Upstream

__all__ = ["Gateway", "all_gateways"]


@contextmanager
def all_gateways(directory: Path, files: TrafficFiles) -> Iterator[dict[str, Gateway]]:
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream(files))
        plugins = [patchbay.add_header(number) for number in range(1, 6)]
        candidates = [
            Gateway("direct", "direct", upstream.port),
            nginx.gateway(upstream),
            envoy.gateway(upstream),
            envoy.gateway_with_processor(upstream),
            patchbay.gateway("patchbay", "Patchbay", upstream, []),
            patchbay.gateway("patchbay-1", "Patchbay, 1 plugin", upstream, plugins[:1]),
            patchbay.gateway("patchbay-5", "Patchbay, 5 plugins", upstream, plugins),
            patchbay.gateway(
                "ai-proxy", "Patchbay, ai-proxy", upstream, [patchbay.ai_proxy(upstream.port)]
            ),
        ]
        for candidate in candidates:
            folder = directory / candidate.name
            folder.mkdir()
            stack.enter_context(candidate.started(folder))
        yield {candidate.name: candidate for candidate in candidates}
