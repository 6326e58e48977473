"""Local training data: formats, row rules, digests, token counts. No network."""

from .report import DataFileError, FileChangedError, FileReport, Problem
from .scanning import scan
from .upload import stream

__all__ = ["DataFileError", "FileChangedError", "FileReport", "Problem", "scan", "stream"]
