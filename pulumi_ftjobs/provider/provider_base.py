"""What every provider shell shares: a frozen identity, the process's accounts, one clean line for errors."""

from __future__ import annotations

import os

from pulumi.dynamic import ConfigureRequest, ResourceProvider

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.operations.session import Process, process_for
from pulumi_ftjobs.provider.host_errors import ProviderError, show_sentences_only


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
        show_sentences_only()
        self._process = process_for(req.config.get, os.environ)

    @property
    def process(self) -> Process:
        """The process's accounts and memory."""
        return self._process


class one_clean_line:  # noqa: N801 - reads as the phrase it is: with one_clean_line()
    """Let our own errors reach the engine as one line, without how they came about.

    A class and not a generator: that would add frames of its own wherever the host shows them.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _frames: object) -> None:
        if isinstance(error, FtjobsError):
            raise ProviderError(str(error)) from None
