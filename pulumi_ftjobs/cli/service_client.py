"""The client of a command: the same settings, in the same order of precedence, as the provider's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from pulumi_ftjobs.cli.pulumi_stack import stack_config
from pulumi_ftjobs.lifecycle.settings import NAMESPACE, Sources, namespaced

if TYPE_CHECKING:
    from pulumi_ftjobs.api.client import Client


def setting_sources(*, use_stack: bool) -> Sources:
    """The sources of settings: the environment, and with `use_stack` first the current stack's config."""
    config = stack_config() if use_stack else {}
    return Sources(namespaced(config, NAMESPACE), namespaced(config, "pulumi-python"), dict(os.environ))


def service(*, use_stack: bool) -> AbstractContextManager[Client]:
    """A client for the account in force, closed at the end. Raises SettingsError."""
    return client_for(setting_sources(use_stack=use_stack))


@contextmanager
def client_for(sources: Sources) -> Iterator[Client]:
    """A client for the account that these settings name, closed at the end. Raises SettingsError."""
    from pulumi_ftjobs.api.client import Client  # noqa: PLC0415 - the HTTP library is imported only for a request

    client = Client(sources.account())
    try:
        yield client
    finally:
        client.close()
