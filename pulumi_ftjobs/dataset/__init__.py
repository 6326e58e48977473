"""Local training data: formats, row rules, digests, token counts. No network."""

from pulumi_ftjobs.dataset.duplicate_rows import overlap
from pulumi_ftjobs.dataset.file_io import has_bytes, stream, stream_digest
from pulumi_ftjobs.dataset.file_report import (
    LFS_POINTER,
    MISSING,
    DataFileError,
    FileChangedError,
    FileReport,
)
from pulumi_ftjobs.dataset.inline_rows import rows_to_file
from pulumi_ftjobs.dataset.job_rules import check_against, check_figures
from pulumi_ftjobs.dataset.scanner import scan

__all__ = [
    "LFS_POINTER",
    "MISSING",
    "DataFileError",
    "FileChangedError",
    "FileReport",
    "check_against",
    "check_figures",
    "has_bytes",
    "overlap",
    "rows_to_file",
    "scan",
    "stream",
    "stream_digest",
]
