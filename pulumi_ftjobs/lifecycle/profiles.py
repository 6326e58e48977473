"""The services, as data: one frozen `Profile` each.

Code asks a profile for a field and never for its name, so a new service is one more entry here. Evidence
and gaps are in docs/services.md; what is not published is left at its default, and detected.
"""

from __future__ import annotations

from typing import Final

from pulumi_ftjobs.lifecycle.calendars import AZURE_CALENDAR, OPENAI_CALENDAR
from pulumi_ftjobs.lifecycle.prices import OPENAI_PRICES
from pulumi_ftjobs.lifecycle.profile_fields import (
    ExtraAdvice,
    Hyperparameters,
    Profile,
    ProfileName,
    Suffix,
)

__all__ = [
    "AZURE",
    "BEDROCK",
    "COMPATIBLE",
    "CRUSOE",
    "NEBIUS",
    "OPENAI",
    "PROFILES",
    "Profile",
    "ProfileName",
    "profile_named",
    "profile_of_host",
]

OPENAI: Final = Profile(
    name="openai",
    service="OpenAI",
    hosts=("api.openai.com",),
    strict=True,
    byte_order_mark="refused",
    default_path="/v1",
    versioned_path="/v1",
    keeps_metadata=True,
    jobs_are_permanent=True,
    prices=OPENAI_PRICES,
    calendar=OPENAI_CALENDAR,
)

AZURE: Final = Profile(
    name="azure",
    service="Azure OpenAI",
    hosts=(
        "openai.azure.com",
        "openai.azure.us",
        "cognitiveservices.azure.com",
        "services.ai.azure.com",
        "api.cognitive.microsoft.com",
    ),
    strict=True,
    suffix=Suffix(
        r"[A-Za-z0-9_-]{1,40}", "must have at most 40 characters, letters, digits, - and _ (Azure OpenAI)"
    ),
    extra_advice=(
        ExtraAdvice(
            "trainingType",
            'Azure OpenAI decides where and at which price it trains by {"trainingType": "Standard", '
            '"GlobalStandard" or "Developer"}; none is given, so Azure uses its default',
        ),
    ),
    byte_order_mark="expected",
    auth="key",
    key_variables=("AZURE_OPENAI_API_KEY",),
    token_variables=("AZURE_OPENAI_AD_TOKEN",),
    endpoint_variables=("AZURE_OPENAI_ENDPOINT",),
    default_path="/openai/v1",
    versioned_path="/openai",
    calendar=AZURE_CALENDAR,
)

BEDROCK: Final = Profile(
    name="bedrock",
    service="Amazon Bedrock",
    hosts=("bedrock-mantle.*.api.aws",),
    methods=("supervised", "reinforcement"),
    grader_types=("lambda",),
    suffix=Suffix("", "Amazon Bedrock has no suffix: remove it"),
    key_variables=("AWS_BEARER_TOKEN_BEDROCK", "OPENAI_API_KEY"),
    default_path="/v1",
    versioned_path="/v1",
    jobs_are_permanent=True,
)

NEBIUS: Final = Profile(
    name="nebius",
    service="Nebius Token Factory",
    hosts=("api.tokenfactory.nebius.com",),
    methods=("supervised",),
    integrations=("wandb", "mlflow", "huggingface"),
    hyperparameters=Hyperparameters(
        place="top_level",
        accepted=frozenset(
            [
                "learning_rate",
                "warmup_ratio",
                "weight_decay",
                "max_grad_norm",
                "context_length",
                "packing",
                "lora",
                "lora_r",
                "lora_alpha",
                "lora_dropout",
            ]
        ),
        names={"lora_rank": "lora_r"},
        implied={
            "lora_r": ("lora", True),
            "lora_alpha": ("lora", True),
            "lora_dropout": ("lora", True),
        },
        undocumented={"learning_rate_multiplier": "learning_rate"},
    ),
    key_variables=("NEBIUS_API_KEY", "OPENAI_API_KEY"),
    default_path="/v1",
    versioned_path="/v1",
    jobs_are_permanent=True,
    pausable=False,
    deploys=True,
)

CRUSOE: Final = Profile(
    name="crusoe",
    service="Crusoe",
    hosts=("api.intelligence.crusoecloud.com",),
    methods=("supervised",),
    hyperparameters=Hyperparameters(
        place="method",
        accepted=frozenset({"learning_rate", "lora_rank", "overlong_row_behavior"}),
        undocumented={"learning_rate_multiplier": "learning_rate"},
    ),
    key_variables=("CRUSOE_API_KEY", "OPENAI_API_KEY"),
    default_path="/v1",
    versioned_path="/v1",
    jobs_are_permanent=True,
    model_name_deadline=300.0,
    estimates_prices=True,
)

COMPATIBLE: Final = Profile(name="compatible", service="the service")

PROFILES: Final = (OPENAI, AZURE, BEDROCK, NEBIUS, CRUSOE, COMPATIBLE)
"""Every profile; the last one serves hosts that no other recognises."""


def profile_of_host(host: str) -> Profile:
    """The profile whose service answers at `host` (lower case)."""
    return next((profile for profile in PROFILES if profile.is_host(host)), COMPATIBLE)


def profile_named(name: str) -> Profile | None:
    """The profile called `name`, None if there is none."""
    return next((profile for profile in PROFILES if profile.name == name), None)
