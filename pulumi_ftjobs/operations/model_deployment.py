"""Deploying a tuned model, at services where a model has a name only once it is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pulumi_ftjobs.api.errors import AnswerLost, ApiError
from pulumi_ftjobs.api.retry import poll
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.values import one_line

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client
    from pulumi_ftjobs.api.schemas import Deployment

READY_DEADLINE: Final = 900.0
"""Seconds to wait for a deployment to become active."""
READY_PAUSE: Final = 5.0
ACTIVE: Final = "active"
FAILED: Final = frozenset({"error", "failed"})


def deploy(client: Client, job: dict[str, Any]) -> Deployment:
    """The active deployment of a job's model: the one that exists, else a new one.

    A deployment is found by the job in its `source`, so a lost answer or a lost state creates no second one.

    Raises:
        FtjobsError: the deployment failed, or was not active in time; the next `pulumi up` continues with it.
        ApiError: the service refused it.
    """
    found = _of_job(client, str(job["id"])) or _create(client, job)
    seen = poll(
        lambda: client.deployment(found.id),
        lambda one: one.status in {ACTIVE, None} or one.status in FAILED,
        client.backoff,
        deadline=READY_DEADLINE,
        pause=READY_PAUSE,
    )
    if seen.status in FAILED:
        reason = one_line(seen.status_reason or "the service reports no reason", 200)
        raise FtjobsError(f"deploy: model {seen.id} could not be deployed: {reason}")
    if seen.status not in {ACTIVE, None}:
        raise FtjobsError(
            f"deploy: model {seen.id} is {one_line(str(seen.status), 40)} after {READY_DEADLINE:.0f} seconds. Run "
            "`pulumi up` again: it continues with this deployment"
        )
    return seen


def _create(client: Client, job: dict[str, Any]) -> Deployment:
    checkpoint = next((one.id for one in client.checkpoints(str(job["id"]))), None)
    source = f"{job['id']}:{checkpoint}" if checkpoint else str(job["id"])
    name = str(job.get("suffix") or job.get("user_provided_suffix") or job["id"])[-40:]
    try:
        return client.create_deployment({"source": source, "base_model": job.get("model"), "name": name})
    except AnswerLost as error:
        found = _after_lost_answer(client, str(job["id"]))
        if found is None:
            raise error from None
        return found


def _after_lost_answer(client: Client, job_id: str) -> Deployment | None:
    try:
        return _of_job(client, job_id)
    except ApiError:
        return None


def _of_job(client: Client, job_id: str) -> Deployment | None:
    return next((one for one in client.deployments() if (one.source or "").partition(":")[0] == job_id), None)
