"""The root of every error we raise on purpose: one line that ends with what to do."""

from __future__ import annotations


class FtjobsError(Exception):
    """A foreseeable failure, told in one line. Never shown with a traceback of ours above it."""


class SettingsError(FtjobsError):
    """A key, base URL or other setting is missing or unusable."""
