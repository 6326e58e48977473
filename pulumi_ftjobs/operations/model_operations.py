"""What create, read and delete of a fine-tuned model do at the service."""

from __future__ import annotations

from typing import Any, Final

from pulumi_ftjobs.api.client import with_other_keys
from pulumi_ftjobs.api.errors import Forbidden, NotFound, Unauthorized
from pulumi_ftjobs.api.schemas import Model
from pulumi_ftjobs.api.stack_index import Facts
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.job_outputs import kept_hints
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD, record_of, urn_of
from pulumi_ftjobs.operations.log import say
from pulumi_ftjobs.operations.session import Process

LOOKS: Final = 30
"""Looks, two seconds apart, for a model that a job does not name yet, or that GET /models does not know yet."""
LOOK_PAUSE: Final = 2.0
FRESH: Final = 900.0
"""Seconds after its job's end in which a model may not be known yet; later a 404 is the truth."""


class ModelService:
    """The fine-tuned models of one provider process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._online = process.online()
        self._client = self._online.client

    def create(self, props: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The model's name (= id) and outputs."""
        job_id = str(props["job_id"])
        job = self._ended(job_id)
        name = job.get("fine_tuned_model")
        if job.get("status") == "succeeded" and not name:
            raise FtjobsError(
                f"job {job_id} is succeeded: it has no model, the service names none; run `pulumi up` again, or change "
                "`triggers` on the job to train it anew"
            )
        if job.get("status") != "succeeded" or not isinstance(name, str):
            raise FtjobsError(
                f"job {job_id} is {job.get('status')}: it has no model; a FineTunedModel exists "
                "once its job has succeeded"
            )
        self._process.note_created(name)
        return name, self._outputs(job, self._settled(name, job), props)

    def read(self, name: str, props: dict[str, Any]) -> dict[str, Any] | None:
        """The outputs as they are now, or None when the model is gone."""
        self._online.require_target(record_of(props).get("target"), f"model {name}")
        try:
            model = with_other_keys(self._client, lambda: self._client.model(name))
        except NotFound:
            self._online.require_gone(record_of(props), f"model {name}")
            return None
        record = {**(props.get(RECORD) or {}), **self._online.record()}
        return {**props, **_model_facts(model), RECORD: record}

    def delete(self, name: str, props: dict[str, Any]) -> None:
        """Delete the model at the service where the policy says so."""
        if self._process.in_use(name):
            return
        self._online.require_target(record_of(props).get("target"), f"model {name}")
        try:
            with_other_keys(self._client, lambda: self._client.delete_model(name))
        except (Forbidden, Unauthorized) as error:
            raise FtjobsError(
                f"model {name} could not be deleted (HTTP {error.status}): deleting a model needs the Owner role "
                'in its organization; use such a key, or set deletion_policy="retain", run `pulumi up`, destroy again'
            ) from None
        self._process.note_deleted(name)
        say(urn_of(props), f"deleted model {name} at the service")

    def _ended(self, job_id: str) -> Facts:
        """The job; right after its success the service may not name the model yet."""
        job = self._client.job(job_id).facts()
        for _look in range(LOOKS):
            if job.get("status") != "succeeded" or job.get("fine_tuned_model") or not self._is_fresh(job):
                break
            self._client.patience.sleep(LOOK_PAUSE)
            job = self._client.job(job_id).facts()
        return job

    def _is_fresh(self, job: Facts) -> bool:
        now = self._client.now()
        return now - (job.get("finished_at") or now) < FRESH

    def _settled(self, name: str, job: Facts) -> Model:
        """The model; right after its job's success the service may not know it yet."""
        fresh = self._is_fresh(job)
        for _look in range(LOOKS if fresh else 1):
            try:
                return self._client.model(name)
            except NotFound:
                self._client.patience.sleep(LOOK_PAUSE if fresh else 0)
        if not fresh:
            raise FtjobsError(
                f"job_id: the model {name} of this job is not at the service any more (deleted, or shut down); change "
                "`triggers` on the job to train it anew, or take the FineTunedModel out of the program"
            )
        raise FtjobsError(
            f"the job names model {name}, but the service still does not know it (or it was deleted); "
            "run `pulumi up` again, or change `triggers` on the job to train it anew"
        )

    def _outputs(self, job: Facts, model: Model, props: dict[str, Any]) -> dict[str, Any]:
        outs: dict[str, Any] = {
            "name": model.id,
            "job_id": job["id"],
            "status": job["status"],
            "base_model": job.get("model"),
            "trained_tokens": job.get("trained_tokens"),
            "result_files": job.get("result_files"),
            "metrics": self._client.final_metrics(job["id"]),
            "finished_at": job.get("finished_at"),
            **_model_facts(model),
            RECORD: dict(self._online.record()),
        }
        outs |= {"deletion_policy": props.get("deletion_policy"), PROGRAM: kept_hints(props)}
        return {name: value for name, value in outs.items() if value is not None}


def _model_facts(model: Model) -> dict[str, Any]:
    facts = {"created_at": model.created, "owned_by": model.owned_by, "shutdown_date": model.shutdown_date}
    return {name: value for name, value in facts.items() if value is not None}
