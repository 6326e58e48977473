"""The one typed module that both sides of the process border share.

The program hands the provider hidden inputs under `PROGRAM`; the provider puts what it must remember
into the state under `RECORD`. Both lie in users' states: keys and meanings are permanent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypedDict, cast

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


class Program(TypedDict, total=False):
    """Hidden inputs, computed in the user's program."""

    stack: str
    """The stack pair, `v1:<organization>/<project>/<stack>[#<backend digest>]`, or `v1:<ftjobs:stackId>`."""
    urn: str
    """The resource's URN."""
    retain: bool
    """`retain_on_delete` is set: nothing that is replaced may be cancelled."""
    secret: list[str]
    """Names of the inputs that hold secrets: their values appear in no sentence."""
    get: bool
    """The resource is read with `get`, not managed: a vanished object is an error."""
    hold: str | bool
    """On a model: why it must stay as it was (its job is not over, or failed); False when it may change."""
    failed: str
    """On a model: `for good` (the job did not succeed), `refused` (it did, and `accept` said no) or `this time`
    (the wait ended before the job)."""
    after_failed: bool
    """On a job: it depends on a model that stays as it was because its job failed in this update: nothing is bought."""
    data: dict[str, dict[str, Any]]
    """Figures of the FineTuningFiles by input name: rows, tokens, format."""


class Record(TypedDict, total=False):
    """Hidden outputs, written by the provider."""

    declared: dict[str, str]
    """What was declared: a digest per property, no values (secrets would lie in the state in clear)."""
    target: str
    """Where the object lives: base URL without query, organization, project."""
    key: str
    """A mark of the key it was last seen with: a 404 with another key proves nothing."""
    adoption: str
    """`off` where the service does not keep our metadata pairs: a lost job cannot be found again."""


JOB_FIELDS: Final = (
    "id",
    "object",
    "created_at",
    "finished_at",
    "estimated_finish",
    "status",
    "model",
    "fine_tuned_model",
    "organization_id",
    "training_file",
    "validation_file",
    "result_files",
    "trained_tokens",
    "hyperparameters",
    "method",
    "integrations",
    "metadata",
    "seed",
    "error",
)
"""The job's outputs: the API's job object under the API's own names."""

JOB_INPUTS: Final = (
    "model",
    "training_file",
    "validation_file",
    "method",
    "hyperparameters",
    "suffix",
    "seed",
    "metadata",
    "integrations",
    "extra_body",
    "triggers",
    "paused",
    "max_estimated_cost_usd",
    "adopt_job_id",
)
"""What a user declares on a job."""

JOB_COMPUTED: Final = (
    "training_file_digest",
    "validation_file_digest",
    "estimated_tokens",
    "estimated_cost_usd",
)
"""Computed inputs: known in preview, so that a reviewer sees them."""

FINISHED: Final = frozenset({"succeeded", "failed", "cancelled"})
"""Statuses that are final. Every other word, also one we never saw, means the job is not over."""


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


def urn_of(props: Mapping[str, Any]) -> str:
    """The resource's URN, or nothing where it is not told or not known yet."""
    urn = program_of(props).get("urn")
    return urn if isinstance(urn, str) else ""
