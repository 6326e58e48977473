"""Whether the model of a job that has succeeded is good enough, by its final metrics."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from pulumi_ftjobs.lifecycle.acceptance_rules import refused, rule_errors
from pulumi_ftjobs.lifecycle.messages import not_accepted
from pulumi_ftjobs.lifecycle.values import one_line


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


Accept = Callable[[Metrics], bool] | Mapping[str, float]
"""A function of the final metrics, or bounds on them: `{"valid_loss_below": 0.9}` (`acceptance_rules`)."""


def require_usable(accept: Any) -> None:
    """Check `accept` before anything waits.

    Raises:
        pulumi.RunError: for what is neither a function nor a set of bounds.
    """
    if accept is None or callable(accept):
        return
    if not isinstance(accept, Mapping):
        raise pulumi.RunError(
            'FineTunedModel: accept: must be bounds on the metrics, for example {"valid_loss_below": 0.9}, or a '
            f"function of them, for example `lambda m: m.valid_loss < 0.9`. It is {one_line(repr(accept), 40)}"
        )
    errors = rule_errors(accept)
    if errors:
        raise pulumi.RunError(f"FineTunedModel: {'; '.join(errors)}")


async def judge(job_id: str, figures: Mapping[str, Any], accept: Accept) -> str | None:
    """Why a model with these final metrics is refused, for users; None when it is accepted."""
    if isinstance(accept, Mapping):
        why = refused(accept, figures)
    else:
        why = await _verdict(Metrics(figures), accept)
    return None if why is None else not_accepted(job_id, figures, why)


async def _verdict(figures: Metrics, accept: Callable[[Metrics], Any]) -> str | None:
    try:
        answer = accept(figures)
        if isinstance(answer, pulumi.Output):
            answer = await answer.future()
        elif inspect.isawaitable(answer):
            answer = await answer
        return _why_not(answer)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's own function
        why = f"accept raised {type(error).__name__}: {error}"
        if missed := figures.__dict__["missed"]:
            why += f"; not measured: {', '.join(missed)}"
        return why


def _why_not(verdict: Any) -> str | None:
    """None for True, also NumPy's; the reason otherwise, empty where False says it all."""
    if isinstance(verdict, bool) or type(verdict).__name__ in {"bool_", "bool"}:
        return None if verdict else ""
    return f"accept must return True or False, it returned {one_line(repr(verdict), 80)}"
