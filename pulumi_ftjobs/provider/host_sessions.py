"""The sessions of this host process: one per config, shared by all provider objects that have it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.settings import Sources, config_in_environment
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
            sources = Sources(stack, config_in_environment(environment, "pulumi-python"), dict(environment))
            _SESSIONS[name] = Session(sources, EngineLog().say)
        return _SESSIONS[name]
