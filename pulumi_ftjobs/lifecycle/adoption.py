"""Adopt, post or stop: what to do about a declaration, given the jobs that the service already has.

Jobs are plain mappings in the API's own shape, newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.change_table import same_model
from pulumi_ftjobs.lifecycle.identity import effective_method, same_resource
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY, TERMINAL_STATUSES
from pulumi_ftjobs.lifecycle.values import one_line, whole_numbers

Job = Mapping[str, Any]


def pair(job: Job, key: str) -> str | None:
    """One of our metadata pairs of a job, or None."""
    value = (job.get("metadata") or {}).get(key)
    return value if isinstance(value, str) else None


def is_finished(job: Job) -> bool:
    """Whether the job's status is final."""
    return job.get("status") in TERMINAL_STATUSES


def adoptable(jobs: Iterable[Job], declaration: str, model_exists: Callable[[str], bool]) -> Job | None:
    """The job that already is this declaration, or None.

    One that is unfinished, or that succeeded and whose model still exists. Failed and cancelled jobs are
    never adopted. A succeeded one is preferred: it is paid for.
    """
    matching = [job for job in jobs if pair(job, DECLARATION_KEY) == declaration]
    for job in matching:
        model = job.get("fine_tuned_model")
        if job.get("status") == "succeeded" and model and model_exists(str(model)):
            return job
    return next((job for job in matching if not is_finished(job)), None)


def superseded(jobs: Iterable[Job], declaration: str, urn: str) -> list[Job]:
    """Unfinished jobs of the same resource with another declaration."""
    return [
        job
        for job in jobs
        if not is_finished(job)
        and pair(job, DECLARATION_KEY) != declaration
        and same_resource(pair(job, DECLARATION_KEY), urn)
    ]


def unmarked_candidates(jobs: Iterable[Job], body: Mapping[str, Any], not_before: float) -> list[Job]:
    """Jobs that a create call with a lost answer may have made, at a service that does not keep metadata.

    Same training file, model and suffix, created at or after `not_before` (seconds, service time),
    and without a pair of ours.
    """
    return [
        job
        for job in jobs
        if pair(job, STACK_KEY) is None
        and (job.get("created_at") or 0) >= not_before
        and job.get("training_file") == body.get("training_file")
        and same_model(body.get("model"), job.get("model"))
        and _same_suffix(job, body.get("suffix"))
    ]


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
