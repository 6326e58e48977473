"""Local training data: formats, row rules, digests, token counts. No network."""

from pulumi_ftjobs.dataset.against import check_against, check_figures
from pulumi_ftjobs.dataset.duplicates import overlap
from pulumi_ftjobs.dataset.inline import rows_to_file
from pulumi_ftjobs.dataset.report import LFS_POINTER, MISSING, DataFileError, FileChangedError, FileReport
from pulumi_ftjobs.dataset.scanning import scan
from pulumi_ftjobs.dataset.upload import stream, stream_digest

__all__ = [
    "LFS_POINTER",
    "MISSING",
    "DataFileError",
    "FileChangedError",
    "FileReport",
    "check_against",
    "check_figures",
    "overlap",
    "rows_to_file",
    "scan",
    "stream",
    "stream_digest",
]
