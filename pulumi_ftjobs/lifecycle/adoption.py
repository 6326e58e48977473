"""Adopt, post or stop: what to do about a declaration, given the jobs that the service already has.

Jobs are plain mappings in the API's own shape, newest first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_ftjobs.lifecycle.change_table import same_model
from pulumi_ftjobs.lifecycle.identity import effective_method, same_resource
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY, TERMINAL_STATUSES
from pulumi_ftjobs.lifecycle.values import one_line, whole_numbers

Job = Mapping[str, Any]

_DECLARATION = re.compile(r"v1:[0-9a-f]{16}:[0-9a-f]{32}")
MAX_TIME: Final = 10_000_000_000
"""Seconds since 1970 (the year 2286): a larger `created_at` is in another unit."""


def pair(job: Job, key: str) -> str | None:
    """One of our metadata pairs of a job, or None."""
    value = (job.get("metadata") or {}).get(key)
    return value if isinstance(value, str) else None


def is_finished(job: Job) -> bool:
    """Whether the job's status is final."""
    return job.get("status") in TERMINAL_STATUSES


@dataclass(frozen=True)
class Adoptable:
    """A job that already is a declaration."""

    job: Job
    model_proven: bool = True
    """False for a succeeded job whose model cannot be proven to exist."""


def adoptable(
    jobs: Iterable[Job], declarations: Collection[str], model_exists: Callable[[str], bool | None]
) -> Adoptable | None:
    """The job that already is this declaration, or None.

    A succeeded one whose model exists is preferred, because it is paid for; then the oldest unfinished one; then a
    succeeded one whose model cannot be proven to be gone. Failed and cancelled jobs are never adopted.

    Args:
        jobs: the stack's jobs.
        declarations: the declaration pair, and those that the resource's aliases would have.
        model_exists: whether a model exists; None where that cannot be proven.
    """
    matching = [job for job in jobs if pair(job, DECLARATION_KEY) in declarations]
    unproven = None
    for job in matching:
        if job.get("status") != "succeeded":
            continue
        model = job.get("fine_tuned_model")
        exists = model_exists(str(model)) if model else None
        if exists:
            return Adoptable(job)
        if exists is None and unproven is None:
            unproven = Adoptable(job, model_proven=False)
    unfinished = oldest_first(job for job in matching if not is_finished(job))
    return Adoptable(unfinished[0]) if unfinished else unproven


def oldest_first(jobs: Iterable[Job]) -> list[Job]:
    """Jobs by creation time, and within a second in the service's own order: `jobs` come newest first."""
    found = [*jobs]
    found.reverse()
    found.sort(key=lambda job: creation_time(job) or 0)  # stable
    return found


def duplicates(jobs: Iterable[Job], declarations: Collection[str]) -> list[Job]:
    """The unfinished jobs of one declaration, oldest first: more than one is one too many."""
    return oldest_first(
        job for job in jobs if not is_finished(job) and pair(job, DECLARATION_KEY) in declarations
    )


def superseded(jobs: Iterable[Job], declarations: Collection[str], urns: Iterable[str]) -> list[Job]:
    """Unfinished jobs of the same resource (under its URN or an alias) with another declaration."""
    names = list(urns)
    return [
        job
        for job in jobs
        if not is_finished(job)
        and pair(job, DECLARATION_KEY) not in declarations
        and any(same_resource(pair(job, DECLARATION_KEY), urn) for urn in names)
    ]


def candidates(jobs: Iterable[Job], props: Mapping[str, Any], stack: str) -> list[Job]:
    """Jobs that may be this declaration although they do not say so: the service did not keep our pairs.

    Same training file, model, suffix, seed and method as far as the service reports them; unfinished or succeeded;
    and not named in `triggers`, where a person has decided that they are something else.
    """
    dismissed = json.dumps(props.get("triggers"), default=str)
    return [
        job
        for job in jobs
        if job.get("status") not in {"failed", "cancelled"}
        and str(job.get("id")) not in dismissed
        and not _says_what_it_is(job, stack)
        and _may_be(props, job)
    ]


def is_marked(job: Job, stack: str) -> bool:
    """Whether the job carries both pairs of this stack, whole."""
    return pair(job, STACK_KEY) == stack and bool(_DECLARATION.fullmatch(pair(job, DECLARATION_KEY) or ""))


def keeps_pairs(job: Job, stack: str, declaration: str) -> bool:
    """Whether the service returned both pairs as they were sent: cut or lower-cased ones are lost ones."""
    return pair(job, STACK_KEY) == stack and pair(job, DECLARATION_KEY) == declaration


def creation_time(job: Job) -> float | None:
    """`created_at` in seconds since 1970, or None where it cannot be one (absent, milliseconds, infinite)."""
    value = job.get("created_at")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < MAX_TIME else None


def _says_what_it_is(job: Job, stack: str) -> bool:
    """Whether the job says what it is, as a job of this stack or of another.

    A cut or lower-cased copy of this stack's own pair says nothing.
    """
    found = pair(job, STACK_KEY)
    return is_marked(job, stack) or (found is not None and not stack.lower().startswith(found.lower()))


def _may_be(props: Mapping[str, Any], job: Job) -> bool:
    seeds = [whole_numbers(one.get("seed")) for one in (props, job)]
    declared = job.get("method") or job.get("hyperparameters")
    return (
        job.get("training_file") == props.get("training_file")
        and (props.get("validation_file") or None) == (job.get("validation_file") or None)
        and same_model(props.get("model"), job.get("model"))
        and _same_suffix(job, props.get("suffix"))
        and (None in seeds or seeds[0] == seeds[1])
        and not (declared and _method_differences(props, job))
    )


def differences(props: Mapping[str, Any], job: Job) -> list[str]:
    """Where an existing job is not what is declared: one clause per property, none for labels."""
    found = []
    if not same_model(props.get("model"), job.get("model")):
        found.append(f"model is {one_line(str(job.get('model')), 80)}")
    found += [
        f"{name} is {one_line(str(job.get(name)), 60)}"
        for name in ("training_file", "validation_file")
        if not props.get(f"{name}_digest") and (props.get(name) or None) != (job.get(name) or None)
    ]
    if not _same_suffix(job, props.get("suffix")):
        found.append("suffix differs")
    if props.get("seed") is not None and props["seed"] != job.get("seed"):
        found.append(f"seed is {one_line(str(job.get('seed')), 20)}")
    return found + _method_differences(props, job)


def dropped_in_creation(props: Mapping[str, Any], job: Job) -> list[str]:
    """Where a job that was just created is not what was sent, as some gateways drop members of a request."""
    kind = effective_method(job)["type"]
    reported = (job.get("hyperparameters") or {}) | (
        ((job.get("method") or {}).get(kind) or {}).get("hyperparameters") or {}
    )
    chosen = effective_method(props)["hyperparameters"]
    auto = [f"{name} is auto" for name in chosen if reported.get(name) == "auto"]
    return differences(props, job) + auto


def _method_differences(props: Mapping[str, Any], job: Job) -> list[str]:
    declared, real = effective_method(props), effective_method(job)
    if declared["type"] != real["type"]:
        return [f"method.type is {one_line(str(real['type']), 40)}"]
    resolved = real["hyperparameters"]
    return [
        f"{name} is {one_line(str(resolved[name]), 20)}"
        for name, value in declared["hyperparameters"].items()
        if name in resolved and whole_numbers(value) != whole_numbers(resolved[name])
    ]


def _same_suffix(job: Job, suffix: object) -> bool:
    """Whether the job was created with `suffix`, as far as the service reports it."""
    if "user_provided_suffix" not in job:
        return True
    return (job.get("user_provided_suffix") or None) == (suffix or None)
