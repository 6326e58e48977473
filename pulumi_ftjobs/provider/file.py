"""FineTuningFile in the provider process."""

from __future__ import annotations

from pulumi_ftjobs.operations.file_operations import FileOperations
from pulumi_ftjobs.provider.provider_base import FtjobsProvider


class FineTuningFileProvider(FtjobsProvider):
    """The life of an uploaded training file. Import path and name are stored in users' states: frozen."""

    operations_type = FileOperations
