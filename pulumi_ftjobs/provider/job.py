"""FineTuningJob in the provider process."""

from __future__ import annotations

from pulumi_ftjobs.operations.job_operations import JobOperations
from pulumi_ftjobs.provider.provider_base import FtjobsProvider


class FineTuningJobProvider(FtjobsProvider):
    """The life of a fine-tuning job. Import path and name are stored in users' states: frozen."""

    operations_type = JobOperations
