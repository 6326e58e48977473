"""The policy pack: hands what Pulumi shows it to the rules."""

from collections.abc import Callable

import pulumi
import rules
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)


def job_rule(
    name: str, description: str, rule: Callable[[rules.Props], list[str]]
) -> ResourceValidationPolicy:
    """A rule about each job."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for sentence in rule(args.props) if args.resource_type == rules.JOB else []:
            report(sentence, None)

    return ResourceValidationPolicy(name=name, description=description, validate=validate)


def protection(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Look at each model."""
    if args.resource_type == rules.MODEL:
        for sentence in rules.protected_in_production(pulumi.get_stack(), protect=bool(args.opts.protect)):
            report(sentence, None)


def total_cost(args: StackValidationArgs, report: ReportViolation) -> None:
    """Look at all jobs."""
    jobs = [resource.props for resource in args.resources if resource.resource_type == rules.JOB]
    for sentence in rules.cost_of_a_stack(jobs):
        report(sentence, None)


PolicyPack(
    name="fine-tuning",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        job_rule("allowed-base", "Only agreed bases are trained.", rules.allowed_base),
        job_rule("required-metadata", "Every job says who pays for it.", rules.required_metadata),
        job_rule("cost-of-a-job", "No job is expensive.", rules.cost_of_a_job),
        ResourceValidationPolicy(
            name="protected-in-production",
            description="Production's models are protected.",
            validate=protection,
        ),
        StackValidationPolicy(
            name="cost-of-a-stack", description="All jobs of a stack together.", validate=total_cost
        ),
    ],
)
