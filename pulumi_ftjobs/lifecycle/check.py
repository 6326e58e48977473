"""What can be known to be wrong with a declared job before anything is asked or bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.targets import Profile
from pulumi_ftjobs.lifecycle.values import UNKNOWN


def check_job(props: Mapping[str, Any], profile: Profile) -> tuple[list[str], list[str]]:
    """Every problem of the declared inputs: (errors, warnings), each one line that begins with its property path.

    Unknown values are never wrong. No value is ever printed: it could be a secret.
    """
    errors: list[str] = []
    for name, example in (
        ("model", "gpt-4.1-mini-2025-04-14"),
        ("training_file", "file-abc123 or a FineTuningFile"),
    ):
        value = props.get(name)
        if value is UNKNOWN:
            continue
        if value is None or value == "":
            errors.append(f"{name}: is required, e.g. {example}")
        elif not isinstance(value, str):
            errors.append(f"{name}: must be a string, e.g. {example}")
    return errors, []
