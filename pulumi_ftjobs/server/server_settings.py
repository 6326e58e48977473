"""The server's settings: every switch, its default and its reason.

A switch exists where the real service's behaviour is unproven, or where services with the same API differ.
Set at start (`--set NAME=VALUE`) or while running (`POST /_ftjobs/settings`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pulumi_ftjobs.server.server_errors import ApiError, invalid

_CHOICES: dict[str, tuple[object, ...]] = {
    "answers": ("schema", "wild"),
    "cancel": ("sync", "async"),
    "cancel_on_finished": (200, 400),
    "result_encoding": ("csv", "base64"),
}


@dataclass
class Settings:
    """The switches. Times are in seconds of the server's clock."""

    answers: str = "wild"
    """`wild` answers as the service was recorded, `schema` as its OpenAPI document promises."""
    echo_metadata: bool = True
    """False: jobs come back without the metadata they were created with."""
    accept_metadata: bool = True
    """False: a create that carries metadata is refused with a 400 that names the field."""
    metadata_filter: bool = True
    """False: the list ignores the metadata filter, as some compatible servers do."""
    cancel: str = "sync"
    """`async`: cancel answers the unchanged job, which ends `cancel_delay` seconds later."""
    cancel_delay: float = 60.0
    """Seconds until an asynchronous cancel takes effect; third parties report 30 to 120."""
    cancel_on_finished: int = 400
    """Status for the cancel of a job that is over. Unproven; 400 is what every independent fake answers."""
    permanent_jobs: bool = True
    """False: `DELETE /fine_tuning/jobs/{id}` exists, as on services where jobs can be removed."""
    any_model: bool = False
    """True: every model name can be trained, for clients of compatible services."""
    wind_down: bool = False
    """True: creates are refused with 403 `training_not_available`, as for closed organizations."""
    lenient: bool = False
    """True: state rules are relaxed, for test suites that call every route on one job."""
    result_encoding: str = "csv"
    """`base64`: result files come encoded, as the service was seen to do from 2024 on."""
    checkpoints_per_job: int = 3
    """How many of a finished job's last epochs keep a checkpoint."""
    max_active_jobs: int = 0
    """Unfinished jobs per model and organization before a create is refused with 429; 0: no limit."""
    max_jobs_per_day: int = 0
    """Creates per model and organization in a rolling day before a 429; 0: no limit."""
    exact_tokens: bool = True
    """False: tokens are estimated also where the extra `tokens` is installed, for a quicker first upload."""
    min_rows: int = 10
    """Fewer training rows fail the job with `invalid_n_examples`."""
    max_file_bytes: int = 512 * 1024 * 1024
    """Bound of one upload."""
    max_body_bytes: int = 10 * 1024 * 1024
    """Bound of one JSON body."""
    request_timeout: float = 60.0
    """Seconds in which the head of a request must arrive, and the longest pause inside its body."""
    check_host: bool = True
    """False: a server on the loopback interface answers under every Host name, as a reverse proxy needs."""
    file_processing: float = 0.0
    """Seconds during which a new file is `uploaded` but not yet `processed`."""
    enforce_project: bool = True
    """False: the OpenAI-Organization and OpenAI-Project headers do not separate what is seen."""
    keys: dict[str, str] = field(default_factory=dict)
    """Accepted API keys with `organization/project` or an empty string; empty: any non-empty key is accepted."""

    def update(self, changes: dict[str, Any]) -> None:
        """Apply the changes, or none of them: an unknown name or a wrong type is a 400 that names it."""
        known = {f.name for f in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise invalid(f"Unknown setting: {name}. Known: {', '.join(sorted(known))}.", name)
            self._check(name, value)
        for name, value in changes.items():
            setattr(self, name, value)

    def _check(self, name: str, value: object) -> None:
        choices = _CHOICES.get(name)
        if choices is not None:
            if value not in choices:
                raise invalid(f"{name} must be one of {', '.join(map(str, choices))}.", name)
            return
        default = getattr(Settings, name, self.keys)  # the first value's type, whatever was set since
        wanted: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
        if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
            raise invalid(f"{name} must be of type {type(default).__name__}.", name)
        if isinstance(value, (int, float)) and not 0 <= value < math.inf:
            raise invalid(f"{name} must be a number from 0.", name)
        if isinstance(value, dict) and not all(isinstance(scope, str) for scope in value.values()):
            raise invalid(
                f"{name} must be an object of keys, each with organization/project or an empty string.", name
            )

    def adopt(self, changes: dict[str, Any]) -> None:
        """Apply changes at the start of a server. Raises `ValueError` with one sentence."""
        try:
            self.update(changes)
        except ApiError as error:
            raise ValueError(error.message) from None

    def set_from_text(self, pairs: list[str]) -> None:
        """Apply `name=value` texts from a command line; raises `ValueError` with a sentence."""
        for pair in pairs:
            name, _, text = pair.partition("=")
            self.adopt({name: _parsed(text, getattr(self, name, None))})

    def public(self) -> dict[str, Any]:
        """Return all switches; keys are counted, not shown."""
        return {**asdict(self), "keys": len(self.keys)}


def _parsed(text: str, current: object) -> object:
    if isinstance(current, bool):
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if isinstance(current, (int, float)):
        for number in (int, float):
            try:
                return number(text)
            except ValueError:
                continue
    return text
