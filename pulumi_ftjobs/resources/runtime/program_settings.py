"""What this program runs with: preview or not, mocks or not, the stack's config, whether it waits."""

from __future__ import annotations

import os
from typing import cast

import pulumi

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.identity import stack_pair, stack_pair_from_id
from pulumi_ftjobs.lifecycle.settings import NAMESPACE, Sources, namespaced, switch
from pulumi_ftjobs.operations.backend_url import backend_url
from pulumi_ftjobs.resources.runtime import sdk

SELF_MANAGED = "organization"
"""What every self-managed backend calls its organization."""


def is_preview_or_mock() -> bool:
    """Whether nothing is submitted: then nothing waits and nothing is asked."""
    return pulumi.runtime.is_dry_run() or sdk.is_mocked()


def config() -> dict[str, str]:
    """`ftjobs:*` of the stack config, secrets included, without the namespace."""
    return namespaced(sdk.all_config(), NAMESPACE)


def fresh_config() -> dict[str, str]:
    """`pulumi-python:*` of the stack config, without the namespace."""
    return namespaced(sdk.all_config(), sdk.PACKAGE)


def ignore_failures() -> bool:
    """Whether nothing waits and no failed job fails the command: FTJOBS_WAIT=ignore."""
    return os.environ.get("FTJOBS_WAIT", "").strip().lower() == "ignore"


def waiting_allowed() -> bool:
    """Whether this program waits: not with `ftjobs:wait=false`, nor with FTJOBS_WAIT=0 or =ignore for one command.

    Raises:
        pulumi.RunError: for a word that is neither yes nor no.
    """
    if ignore_failures():
        return False
    name, chosen = "FTJOBS_WAIT", os.environ.get("FTJOBS_WAIT", "")
    if not chosen.strip():
        name, chosen = "ftjobs:wait", config().get("wait") or "true"
    try:
        return switch(name, chosen)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def require_usable_settings() -> None:
    """Check what only the program reads: `ftjobs:wait` and `ftjobs:maxActiveJobs`.

    Raises:
        pulumi.RunError: in a preview too, for a value that cannot be used.
    """
    waiting_allowed()
    try:
        Sources(config(), fresh_config()).max_active_jobs()
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def stack_value() -> str:
    """The stack pair of this program."""
    chosen = config().get("stackId")
    if chosen:
        return stack_pair_from_id(chosen)
    organization = cast("str | None", pulumi.get_organization()) or SELF_MANAGED
    backend = backend_url() if organization == SELF_MANAGED else None
    return stack_pair(organization, pulumi.get_project(), pulumi.get_stack(), backend)
