"""The sessions of this host process: one per config, shared by all provider objects that have it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.settings import Sources
from pulumi_ftjobs.operations.session import CONFIG_KEYS, Session
from pulumi_ftjobs.provider.engine_log import EngineLog

_SESSIONS: dict[str, Session] = {}
_LOCK = threading.Lock()


def session_for(get: Callable[[str], Any], environment: Mapping[str, str]) -> Session:
    """The session for this config. `get` reads one `namespace:key` of the config the engine sent."""
    stack = {key: str(value) for key in CONFIG_KEYS if (value := get(f"ftjobs:{key}")) is not None}
    name = json.dumps(stack, sort_keys=True)
    with _LOCK:
        if name not in _SESSIONS:
            sources = Sources(stack, fresh_config(environment), dict(environment))
            _SESSIONS[name] = Session(sources, EngineLog().say)
        return _SESSIONS[name]


def fresh_config(environment: Mapping[str, str]) -> dict[str, str]:
    """`pulumi-python:*` as it is now: the engine puts it into the environment on every command."""
    try:
        config = json.loads(environment.get("PULUMI_CONFIG", "{}"))
    except ValueError:
        return {}
    if not isinstance(config, dict):
        return {}
    # The engine leaves the namespace out there; in a program it is part of the key.
    return {key.removeprefix("pulumi-python:"): str(value) for key, value in config.items()}
