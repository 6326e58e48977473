"""The body of the create call, built from a declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.job_fields import SENT
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from pulumi_ftjobs.lifecycle.values import whole_numbers, without_nulls


def create_body(
    props: Mapping[str, Any], *, marked: bool = True, stack: str = "", declaration: str = ""
) -> dict[str, Any]:
    """The create call's body: what was declared, absent values left out, whole floats as ints.

    With `marked`, the two pairs by which the job is found again are added to the user's metadata.
    `extra_body` is merged in last: fields a compatible server or Azure knows and we do not.
    """
    body = {
        name: without_nulls(props[name])
        for name in SENT
        if name != "metadata" and props.get(name) is not None
    }
    metadata = dict(props.get("metadata") or {})
    if marked:
        metadata |= {STACK_KEY: stack, DECLARATION_KEY: declaration}
    if metadata:
        body["metadata"] = metadata
    return whole_numbers(body | dict(props.get("extra_body") or {}))  # type: ignore[no-any-return]
