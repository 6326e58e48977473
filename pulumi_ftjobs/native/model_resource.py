"""FineTunedModel in the plugin: creating it waits for its job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_ftjobs.lifecycle.acceptance_rules import refused, rule_errors
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.messages import not_accepted
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.native.job_wait import succeeded_job
from pulumi_ftjobs.native.native_resource import Call, Found, NativeResource, Values
from pulumi_ftjobs.native.policy import policy_errors
from pulumi_ftjobs.native.property_values import snake
from pulumi_ftjobs.native.resource_tables import MODEL
from pulumi_ftjobs.operations.model_operations import ModelOperations

RETAIN: Final = "retain"
"""The default `deletion_policy`: a model cost money to train."""


class ModelResource(NativeResource):
    """The life of a fine-tuned model."""

    table = MODEL

    def check(self, call: Call, news: Values, _olds: Values) -> tuple[Values, list[str]]:
        """Check the job id, the rules and the policy."""
        call.session.note_check(call.identity, news)
        errors = [] if news.get("job_id") else ["job_id: is required, the id of a job"]
        rules = _rules(news.get("accept"))
        errors += rule_errors(rules)
        errors += policy_errors(news.get("deletion_policy"), RETAIN)
        try:
            call.configuration.stack(call.urn)
            call.session.account()
        except FtjobsError as error:
            errors.append(str(error))
        return news, errors

    def changes(self, call: Call, resource_id: str, olds: Values, news: Values) -> list[Change]:
        """Return `job_id` (another model) and `deletion_policy` (the record) where they changed."""
        changes = []
        if news.get("job_id") != olds.get("job_id"):
            changes.append(Change("job_id", "replace", "job_id", "another job"))
        call.session.note_diff(call.identity, resource_id, replaced=bool(changes))
        if (news.get("deletion_policy") or RETAIN) != (olds.get("deletion_policy") or RETAIN):
            changes.append(Change("deletion_policy", "update", "deletion_policy", "changed"))
        return changes

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Wait for the job, judge its metrics, and record its model.

        A failure is a plain error: the job is recorded by its own resource, and an earlier model stays in the state.
        """
        job_id = str(inputs["job_id"])
        declared = call.with_program(inputs)
        succeeded_job(
            call, job_id, declared[PROGRAM]["stack"], lambda text: call.log.show(call.urn, text), call.timeout
        )
        rules = _rules(inputs.get("accept"))
        if rules:
            metrics = call.session.client.final_metrics(job_id) or {}
            reason = refused(rules, metrics)
            if reason:
                raise FtjobsError(not_accepted(job_id, metrics, reason))
        return ModelOperations(call.session).create(declared)

    def read(self, call: Call, resource_id: str, outputs: Values, inputs: Values) -> Found | None:
        """Return the model as the service has it."""
        found = ModelOperations(call.session).read(resource_id, call.with_program(outputs))
        return None if found is None else Found(resource_id, found, inputs)

    def find(self, call: Call, given_id: str) -> Found:
        """Return the model of an existing job, by the job's id or by the model's own name."""
        job_id = given_id if not given_id.startswith("ft:") else _job_of(call, given_id)
        inputs = {"job_id": job_id}
        name, outputs = ModelOperations(call.session).create(call.with_program(inputs))
        return Found(name, outputs, inputs)

    def update(self, _call: Call, _resource_id: str, olds: Values, news: Values) -> Values:
        """Record the deletion policy."""
        kept = {name: value for name, value in olds.items() if name not in {"deletion_policy", PROGRAM}}
        policy = news.get("deletion_policy")
        return kept if policy is None else {**kept, "deletion_policy": policy}

    def delete(self, call: Call, resource_id: str, outputs: Values) -> None:
        """Keep the model at the service, unless the policy says to delete it."""
        if outputs.get("deletion_policy") == "delete":
            ModelOperations(call.session).delete(resource_id, call.with_program(outputs))


def _rules(accept: Any) -> Any:
    """The rules under the service's metric names: `validLossBelow` as `valid_loss_below`."""
    if accept is None or accept is UNKNOWN or not isinstance(accept, Mapping):
        return accept
    return {snake(str(name)): bound for name, bound in accept.items()}


def _job_of(call: Call, model: str) -> str:
    """The job that trained `model`."""
    for job in call.session.client.jobs():
        if job.fine_tuned_model == model:
            return str(job.id)
    raise FtjobsError(f"no job of this account names model {model}. Import it by its job's id")
