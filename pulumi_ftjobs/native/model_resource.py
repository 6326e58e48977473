"""FineTunedModel in the plugin: creating it waits for its job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.acceptance_rules import refused, rule_errors
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.messages import not_accepted
from pulumi_ftjobs.lifecycle.property_names import snake
from pulumi_ftjobs.lifecycle.state_schema import program_of
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.native.model_wait import succeeded_job
from pulumi_ftjobs.native.native_resource import Call, Found, NativeResource, Prepared, Values
from pulumi_ftjobs.native.property_values import Reference
from pulumi_ftjobs.native.resource_properties import MODEL
from pulumi_ftjobs.operations.model_operations import ModelOperations


class ModelResource(NativeResource):
    """The life of a fine-tuned model."""

    table = MODEL
    operations = ModelOperations
    paths = {"job": "job_id"}  # noqa: RUF012 - declared as a class variable by the base

    def prepared(self, _call: Call, news: Values, _olds: Values) -> Prepared:
        """Check the declared bounds; a job in place of its id, which YAML allows, is that id."""
        job = news.get("job_id")
        if isinstance(job, Reference):
            news = {**news, "job_id": job.id}
        problems = [
            Diagnostic("error", Code.FORMAT.value, "", line)
            for line in rule_errors(_rules(news.get("accept")))
        ]
        return Prepared(news, problems=problems)

    def create(self, call: Call, inputs: Values) -> tuple[str, Values]:
        """Wait for the job, judge its metrics, and record its model.

        A failure is a plain error: the job is recorded by its own resource, and an earlier model stays in the state.
        """
        job_id = str(inputs["job_id"])
        stack = program_of(call.with_program(inputs)).get("stack", "")
        succeeded_job(call, job_id, stack, lambda text: call.log.show(call.urn, text), call.timeout)
        rules = _rules(inputs.get("accept"))
        if rules:
            metrics = call.session.client.final_metrics(job_id) or {}
            reason = refused(rules, metrics)
            if reason:
                raise FtjobsError(not_accepted(job_id, metrics, reason))
        return super().create(call, inputs)

    def find(self, call: Call, given_id: str) -> Found:
        """Return the model of an existing job, by the job's id or by the model's own name."""
        job_id = _job_of(call, given_id) if given_id.startswith("ft:") else given_id
        inputs = {"job_id": job_id}
        name, outputs = super().create(call, inputs)
        return Found(name, outputs, inputs)


def _rules(accept: Any) -> Any:
    """The rules under the service's metric names: `validLossBelow` as `valid_loss_below`."""
    if accept is None or accept is UNKNOWN or not isinstance(accept, Mapping):
        return accept
    return {snake(str(name)): bound for name, bound in accept.items()}


def _job_of(call: Call, model: str) -> str:
    """The job that trained `model`."""
    for job in call.session.client.jobs():
        if job.facts().get("fine_tuned_model") == model:
            return str(job.id)
    raise FtjobsError(f"no job of this account names model {model}. Import it by its job's id")
