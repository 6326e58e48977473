"""Fine-tuning jobs as infrastructure: a Pulumi provider for OpenAI, Azure OpenAI and every server like them."""

from pulumi_ftjobs.resources.file import FineTuningFile
from pulumi_ftjobs.resources.job import FineTuningJob
from pulumi_ftjobs.resources.model import FineTunedModel

__all__ = ["FineTunedModel", "FineTuningFile", "FineTuningJob"]
