"""Adopting the job that `adopt_job_id` names, if it is what is declared."""

from __future__ import annotations

from pulumi_ftjobs.api.errors import NotFound
from pulumi_ftjobs.lifecycle.adoption import differences
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.state_schema import urn_of
from pulumi_ftjobs.operations.resource_operations import Props
from pulumi_ftjobs.operations.session import Session


def adopt_given_job(session: Session, inputs: Props) -> Props:
    """The job named by `adopt_job_id`. Never creates one.

    Raises:
        FtjobsError: the job is not what is declared, or nothing came of it.
    """
    job_id = str(inputs["adopt_job_id"])
    job = session.client.job(job_id).facts()
    wrong = differences(inputs, job)
    if job.get("status") in {"failed", "cancelled"}:
        wrong.append(f"it {'has failed' if job['status'] == 'failed' else 'was cancelled'}")
    wrong += _other_bytes(session, inputs, job)
    if wrong:
        raise FtjobsError(
            f"adopt_job_id: job {job_id} is not what is declared: {'; '.join(wrong)}. Declare what the job is, or "
            "another adopt_job_id; no job was created"
        )
    session.note_created(urn_of(inputs), job_id)
    session.say(urn_of(inputs), f"adopted job {job_id} ({job.get('status')}), as adopt_job_id says")
    return job


def _other_bytes(session: Session, inputs: Props, job: Props) -> list[str]:
    """A declared FineTuningFile has a separate id: then the sizes show whether it can be the same data."""
    found = []
    for name in ("training_file", "validation_file"):
        mine, its = inputs.get(name), job.get(name)
        if not inputs.get(f"{name}_digest") or mine == its:
            continue
        if its is None:
            found.append(f"the job has no {name}")
            continue
        try:
            sizes = [session.client.file(str(file_id)).bytes for file_id in (mine, its)]
        except NotFound:
            continue  # its file was deleted since: nothing to compare with
        if sizes[0] != sizes[1]:
            found.append(f"{name} is {its}, {sizes[1]} bytes and not {sizes[0]}")
    return found
