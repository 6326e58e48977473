"""The hidden inputs and outputs that the program and the provider exchange, and that the state keeps.

The program passes hidden inputs under `PROGRAM`; the provider stores what it must remember under
`RECORD`. Both are in users' states: keys and meanings are permanent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypedDict, cast

from pulumi_ftjobs.lifecycle.values import UNKNOWN

PROGRAM: Final = "__program"
"""Hidden input: what only the program knows (`Program`)."""

RECORD: Final = "__record"
"""Hidden output: what the provider remembers (`Record`). Keys that begin with `__` are never drawn."""

STACK_KEY: Final = "ftjobs_stack"
"""Metadata pair on every job: which stack declares it."""

DECLARATION_KEY: Final = "ftjobs_declaration"
"""Metadata pair on every job: which resource of the stack, and which training."""

OWN_METADATA: Final = frozenset({STACK_KEY, DECLARATION_KEY})


HoldCode = Literal["unfinished", "ignored", "failed", "not_accepted", "interrupted"]
"""Why a model stays as it is: its job is unfinished and nothing waits; it ended badly and failures are ignored; it
ended badly; `accept` refused its model (the next update decides again); the wait ended before the job."""

DEFERRED: Final = frozenset({"unfinished", "ignored"})
"""Codes that fail no update: a first model with one of them is left out of it."""


class Program(TypedDict, total=False):
    """Hidden inputs, computed in the user's program."""

    stack: str
    """The stack pair, `v1:<organization>/<project>/<stack>[#<backend digest>]`, or `v1:<ftjobs:stackId>`."""
    urn: str
    """The resource's URN."""
    aliases: list[str]
    """URNs the resource had before: its job is marked with the URN it was created under."""
    retain: bool
    """`retain_on_delete` is set, or may be: nothing is cancelled before the engine asks for it."""
    secret: list[str]
    """Names of the inputs that hold secrets: their values appear in no message."""
    get: bool
    """The resource is read with `get`, not managed: a missing object is an error."""
    hold: str | bool
    """On a model: why it stays as it is, in one sentence; False when it may change."""
    hold_code: HoldCode
    """On a model that stays as it is: the reason as a code. Only this is decided by, never the sentence."""
    after_failed: bool
    """On a job: it depends on a model whose job failed in this update, so no job is created."""
    preview: bool
    """The program runs in a preview: what would be trained is said, and errors of all resources are collected."""
    problems: int
    """In a preview, added by check(): how many errors it has shown on the resource's row."""
    data: dict[str, dict[str, Any]]
    """Figures of the FineTuningFiles by input name: rows, tokens, format."""
    timeout: float
    """Seconds that a delete may wait for its effect, where the program says so."""


class Record(TypedDict, total=False):
    """Hidden outputs, written by the provider."""

    declared: dict[str, str]
    """What was declared: a digest per property, no values (secrets would be readable in the state)."""
    target: str
    """Where the object lives: base URL without query, organization, project."""
    key: str
    """A mark of the key it was last seen with: a 404 with another key proves nothing."""
    adoption: str
    """`off` where the service does not keep our metadata pairs: a lost job cannot be found again."""


TERMINAL_STATUSES: Final = frozenset({"succeeded", "failed", "cancelled"})
"""Statuses that are final. Every other status, also an unknown one, means that the job is unfinished."""


def program_of(props: Mapping[str, Any]) -> Program:
    """The hidden inputs in `props` that are known; empty where there are none.

    The one place that reads them: the engine diffs what depends on a resource that is deleted before it is
    replaced with all of them unknown at once.
    """
    program = props.get(PROGRAM)
    given = program.items() if isinstance(program, Mapping) else ()
    return cast("Program", {name: value for name, value in given if value is not UNKNOWN})


def record_of(props: Mapping[str, Any]) -> Record:
    """The hidden outputs in `props`; empty where there are none."""
    return cast("Record", props.get(RECORD) or {})


def aliases_of(props: Mapping[str, Any]) -> list[str]:
    """The URNs that the resource had before, as far as they are known."""
    known: Iterable[object] = program_of(props).get("aliases") or ()
    return [urn for urn in known if isinstance(urn, str)]


def urn_of(props: Mapping[str, Any]) -> str:
    """The resource's URN, empty where it is absent or not known yet."""
    urn = program_of(props).get("urn")
    return urn if isinstance(urn, str) else ""
