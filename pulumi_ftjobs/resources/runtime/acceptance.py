"""Whether the model of a job that has succeeded is good enough: the user's own function on its final metrics."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.messages import not_accepted, not_judged
from pulumi_ftjobs.lifecycle.values import one_line
from pulumi_ftjobs.resources.runtime.program_accounts import account_of, client_for
from pulumi_ftjobs.resources.runtime.stack_state import recorded


class Metrics(dict[str, Any]):
    """A job's final metrics, as items and as attributes; what the service did not measure is None."""

    def __init__(self, figures: Mapping[str, Any]) -> None:
        """`figures`: the service's names and values."""
        super().__init__(figures)
        self.__dict__["missed"] = []

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            self.__dict__["missed"].append(name)
        return self.get(name)


Accept = Callable[[Metrics], bool]
"""Judges the final metrics of a job: train_loss, valid_loss, ... as the service names them."""


class NotJudged(FtjobsError):
    """The metrics could not be read."""


async def refusal(job_id: str, model: pulumi.Resource, urn: pulumi.Output[str], accept: Accept) -> str | None:
    """Why the model is refused, None when it is good. Raises NotJudged.

    `urn`: the model's; the figures that the state has of this job stand in where the service tells none any more.
    """
    try:
        client = client_for(await account_of(model))
        found = await asyncio.get_running_loop().run_in_executor(None, client.final_metrics, job_id)
    except FtjobsError as error:
        raise NotJudged(not_judged(job_id, error)) from None
    told = found or await _recorded(job_id, urn) or {}
    figures = Metrics(told)
    try:
        why = _why_not(await _said(accept(figures)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's own function
        why = f"accept raised {type(error).__name__}: {error}"
        if missed := figures.__dict__["missed"]:
            why += f"; not measured: {', '.join(missed)}"
    return None if why is None else not_accepted(job_id, told, why)


async def _recorded(job_id: str, urn: pulumi.Output[str]) -> Mapping[str, Any] | None:
    """The metrics of this job in the stack's state; None where it has none or cannot be read."""
    try:
        before = await recorded([str(await urn.future())])
    except FtjobsError:
        return None
    return before.get("metrics") if before and before.get("job_id") == job_id else None


async def _said(verdict: Any) -> Any:
    """What an accept function answered, a coroutine's and an Output's answer included."""
    if isinstance(verdict, pulumi.Output):
        return await verdict.future()
    return await verdict if inspect.isawaitable(verdict) else verdict


def _why_not(verdict: Any) -> str | None:
    """None for True, also NumPy's; the reason otherwise, empty where False says it all."""
    if isinstance(verdict, bool) or type(verdict).__name__ in {"bool_", "bool"}:
        return None if verdict else ""
    return f"accept must return True or False, it returned {one_line(repr(verdict), 80)}"
