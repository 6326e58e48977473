"""What every provider shell shares: a frozen identity, the process's accounts, one clean line for errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi.dynamic import ConfigureRequest, ResourceProvider

from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.provider.process import Process, process_for


class ProviderError(Exception):
    """A foreseeable failure on its way to the engine: its text is the last line the user reads."""


class FtjobsProvider(ResourceProvider):
    """Base of the provider classes.

    A shell is pickled by reference into every state, so it has a frozen import path and no state of
    its own: `configure()` runs in the provider process only.
    """

    serialize_as_secret_always = False

    def __getstate__(self) -> None:
        return None

    def configure(self, req: ConfigureRequest) -> None:
        """Note the config of this process. No network, and nothing that fails: a preview needs no key."""
        self._process = process_for(req.config.get, os.environ)

    @property
    def process(self) -> Process:
        """The process's accounts and memory."""
        return self._process


@contextmanager
def one_clean_line() -> Iterator[None]:
    """Let our own errors reach the engine as one line, without the frames of how they came about."""
    try:
        yield
    except FtjobsError as error:
        line = str(error)
    else:
        return
    raise ProviderError(line)
