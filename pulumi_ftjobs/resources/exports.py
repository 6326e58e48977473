"""The names of `import pulumi_ftjobs`."""

from pulumi_ftjobs.resources.checkpoint_permission import CheckpointPermission
from pulumi_ftjobs.resources.data_sources import (
    get_fine_tuning_job,
    get_fine_tuning_job_checkpoints,
    get_fine_tuning_job_checkpoints_output,
    get_fine_tuning_job_events,
    get_fine_tuning_job_events_output,
    get_fine_tuning_job_output,
    get_fine_tuning_jobs,
    get_fine_tuning_jobs_output,
    get_model,
    get_model_output,
)
from pulumi_ftjobs.resources.explicit_provider import Provider
from pulumi_ftjobs.resources.fine_tuned_model import FineTunedModel
from pulumi_ftjobs.resources.fine_tuning_file import FineTuningFile
from pulumi_ftjobs.resources.fine_tuning_job import FineTuningJob
from pulumi_ftjobs.resources.fine_tuning_sweep import FineTuningSweep, SweepBase
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

__all__ = [
    "CheckpointPermission",
    "DpoHyperparameters",
    "FineTunedModel",
    "FineTuningFile",
    "FineTuningJob",
    "FineTuningSweep",
    "Integration",
    "Method",
    "Provider",
    "ReinforcementHyperparameters",
    "SupervisedHyperparameters",
    "SweepBase",
    "Wandb",
    "dpo",
    "get_fine_tuning_job",
    "get_fine_tuning_job_checkpoints",
    "get_fine_tuning_job_checkpoints_output",
    "get_fine_tuning_job_events",
    "get_fine_tuning_job_events_output",
    "get_fine_tuning_job_output",
    "get_fine_tuning_jobs",
    "get_fine_tuning_jobs_output",
    "get_model",
    "get_model_output",
    "reinforcement",
    "supervised",
]
