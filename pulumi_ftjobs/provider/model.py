"""FineTunedModel in the provider process."""

from __future__ import annotations

from pulumi_ftjobs.operations.model_operations import ModelOperations
from pulumi_ftjobs.provider.provider_base import FtjobsProvider


class FineTunedModelProvider(FtjobsProvider):
    """The life of a fine-tuned model. Import path and name are stored in users' states: frozen."""

    operations_type = ModelOperations
