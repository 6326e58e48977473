"""The sentences about a job that users read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.values import one_line


def failed_job(job: Mapping[str, Any]) -> str:
    """Why nothing came of a job, and what to do now."""
    job_id, status = job.get("id"), job.get("status")
    error: Mapping[str, Any] = job.get("error") or {}
    told = one_line(str(error.get("message") or ""))
    marks = ", ".join(one_line(str(error[name]), 80) for name in ("code", "param") if error.get(name))
    because = f" ({marks})" if marks else ""
    said = f": {told}" if told else ""
    ended = "was cancelled" if status == "cancelled" else "has failed"
    return (
        f"job {job_id} {ended}{because}{said}; whatever uses its model stays on the old one. "
        "Nothing trains again by itself: correct the cause and change an input, or change `triggers`, "
        "and run `pulumi up`"
    )
