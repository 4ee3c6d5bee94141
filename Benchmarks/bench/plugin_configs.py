# SPDX-License-Identifier: Apache-2.0
"""What the plugins are measured with: a config for each of them, which lets the request pass."""

from pathlib import Path
from typing import Any

from . import places
from .gateways import patchbay
from .sinks import Sinks

Record = dict[str, Any]

KEY = "bench-key"
CONSUMERS: list[Record] = [
    {
        "username": "bench",
        "keyauth_credentials": [{"key": KEY}],
        "acls": [{"group": "bench"}],
    }
]

# The chain as people use it; of the log plugins the first that there is.
CHAIN = (
    "key-auth",
    "ai-sanitizer",
    "ai-prompt-template",
    "ai-prompt-decorator",
    "ai-prompt-guard",
    "ai-proxy",
)
LOGS = ("http-log", "file-log")


def configs(folder: Path, port: int, sinks: Sinks) -> dict[str, Record]:
    """By the plugin's name. Whoever asks a model asks the upstream of the benchmarks."""
    url = f"http://127.0.0.1:{port}"
    proxy = patchbay.ai_proxy(port)["config"]
    transformer = {"prompt": "Answer with the text.", "llm": proxy}
    system = {"role": "system", "content": "Answer briefly, and in the language of the question."}
    return {
        "acl": {"allow": ["bench"]},
        "ai-azure-content-safety": {
            "content_safety_url": f"http://127.0.0.1:{sinks.analyses}",
            "content_safety_key": "bench",
            "categories": [{"name": "Hate", "rejection_level": 2}],
        },
        "ai-prompt-decorator": {"prompts": {"prepend": [system]}},
        "ai-prompt-guard": {
            "deny_patterns": [
                r"(?i)ignore (all )?(previous|prior) instructions",
                r"(?i)\bsystem prompt\b",
                r"\b\d{3}-\d{2}-\d{4}\b",
            ],
            "match_all_roles": True,
        },
        "ai-prompt-template": {
            "templates": [{"name": "short", "template": '{"messages": []}'}],
            "allow_untemplated_requests": True,
        },
        "ai-proxy": proxy,
        "ai-request-transformer": transformer,
        "ai-response-transformer": transformer,
        "ai-sanitizer": {"anonymize": ["email", "phone", "creditcard", "ip", "ssn"]},
        "correlation-id": {"echo_downstream": True},
        "cors": {"origins": ["https://app.example", r"https://.*\.test\.example"]},
        "file-log": {"path": str(folder / "log.json")},
        "http-log": {"http_endpoint": f"{url}/log"},
        "ip-restriction": {"allow": ["127.0.0.0/8", "2001:db8::/32"]},
        "key-auth": {},
        "prometheus": {"status_code_metrics": True, "latency_metrics": True, "ai_metrics": True},
        "request-termination": {"trigger": "x-never"},
        "syslog": {},
        "tcp-log": {"host": "127.0.0.1", "port": sinks.lines},
    }


def installed(folder: Path, port: int, sinks: Sinks) -> dict[str, Record]:
    """The configs of those that this build has."""
    return {
        name: config
        for name, config in configs(folder, port, sinks).items()
        if (places.RELEASE / name).exists()
    }


def needs_consumer(name: str) -> bool:
    """Whether it looks at who was identified, so that key-auth has to come before it."""
    return name == "acl"


def entry(name: str, configs: dict[str, Record]) -> Record:
    return {"name": name, "config": configs[name]}


def chain(configs: dict[str, Record]) -> list[Record]:
    """Entries for the steps of the chain that are installed."""
    logs = [name for name in LOGS if name in configs][:1]
    return [entry(name, configs) for name in (*CHAIN, *logs) if name in configs]
