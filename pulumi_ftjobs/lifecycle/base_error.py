"""The root of every error we raise on purpose: one line that ends with what to do."""

from __future__ import annotations

from pulumi_ftjobs.lifecycle.values import printable


class FtjobsError(Exception):
    """A foreseeable failure, as one line of text. Never shown with a traceback."""

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


class SettingsError(FtjobsError):
    """A key, base URL or other setting is missing or unusable."""
