"""Fine-tuning jobs as infrastructure: a Pulumi provider for OpenAI, Azure OpenAI and every server like them."""

from pulumi_ftjobs.resources.file import FineTuningFile
from pulumi_ftjobs.resources.job import FineTuningJob
from pulumi_ftjobs.resources.methods import (
    DpoHyperparameters,
    Integration,
    Method,
    ReinforcementHyperparameters,
    SupervisedHyperparameters,
    Wandb,
    dpo,
    reinforcement,
    supervised,
)
from pulumi_ftjobs.resources.model import FineTunedModel
from pulumi_ftjobs.resources.provider import Provider

__all__ = [
    "DpoHyperparameters",
    "FineTunedModel",
    "FineTuningFile",
    "FineTuningJob",
    "Integration",
    "Method",
    "Provider",
    "ReinforcementHyperparameters",
    "SupervisedHyperparameters",
    "Wandb",
    "dpo",
    "reinforcement",
    "supervised",
]
