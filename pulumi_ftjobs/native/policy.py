"""The rule of `deletionPolicy`."""

from __future__ import annotations

from pulumi_ftjobs.lifecycle.values import UNKNOWN


def policy_errors(policy: object, default: str) -> list[str]:
    """Return what is wrong with a `deletion_policy`; `default` is what an absent one means."""
    if policy is None or policy is UNKNOWN or policy in ("retain", "delete"):
        return []
    return [f'deletion_policy: must be "retain" or "delete" (default: "{default}")']
