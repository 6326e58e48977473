#!/usr/bin/env python3
"""The policy pack: hands what Pulumi shows it to the rules. Pulumi runs it as a folder or as this very file."""

from collections.abc import Callable, Sequence
from typing import Any

import rules
from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

Judge = Callable[[ResourceValidationArgs, Any], list[str]]


def rule(
    name: str, kind: str, judge: Judge, *, what: str, setting: str, default: float | Sequence[str]
) -> ResourceValidationPolicy:
    """A rule about each resource of one kind, with one setting that the pack's config can change."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type != kind:
            return
        config = args.get_config()
        for other in sorted(set(config) - {setting}):  # a misspelt limit would be no limit
            report(f"the policy config sets {other}, which this rule does not have: it has {setting}", None)
        for sentence in judge(args, config[setting]):
            report(sentence, None)

    shape: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
    if isinstance(default, float):
        shape = {"type": "number"}
    return ResourceValidationPolicy(
        name=name,
        description=what,
        config_schema=PolicyConfigSchema({setting: {**shape, "default": default}}),
        validate=validate,
    )


_costs: dict[str, float | None] = {}


def so_far(args: ResourceValidationArgs, usd: float) -> list[str]:
    """Add up job by job. A rule about the whole stack would run when every job has been created."""
    _costs[args.urn] = rules.cost(args.props)
    return rules.cost_of_a_stack(_costs.values(), usd)


PolicyPack(
    name="fine-tuning",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        rule(
            "allowed-base",
            rules.JOB,
            lambda args, bases: rules.allowed_base(args.props, bases),
            what="Only agreed bases are trained.",
            setting="bases",
            default=list(rules.ALLOWED_BASES),
        ),
        rule(
            "required-metadata",
            rules.JOB,
            lambda args, keys: rules.required_metadata(args.props, keys),
            what="Every job says who pays for it.",
            setting="keys",
            default=list(rules.REQUIRED_METADATA),
        ),
        rule(
            "cost-of-a-job",
            rules.JOB,
            lambda args, usd: rules.cost_of_a_job(args.props, usd),
            what="No job is expensive.",
            setting="usd",
            default=rules.USD_PER_JOB,
        ),
        rule(
            "cost-of-a-stack",
            rules.JOB,
            so_far,
            what="All jobs of a stack together.",
            setting="usd",
            default=rules.USD_PER_STACK,
        ),
        rule(
            "protected-in-production",
            rules.MODEL,
            lambda args, stacks: rules.protected_in_production(
                args.urn, stacks, protect=bool(args.opts.protect)
            ),
            what="Production's models are protected.",
            setting="stacks",
            default=list(rules.PRODUCTION),
        ),
    ],
)
