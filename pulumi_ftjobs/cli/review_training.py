"""The lines of a review comment about a training: base model, method, data and cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from pulumi_ftjobs.cli.markdown_code import code
from pulumi_ftjobs.cli.preview_json import UNKNOWN_TEXT, Step, inputs, inputs_before
from pulumi_ftjobs.lifecycle.cost import usd
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM
from pulumi_ftjobs.lifecycle.values import UNKNOWN


def cost_range(declared: Mapping[str, Any]) -> tuple[float, float] | None:
    """The estimate in USD from lowest to highest; None where no upper end is known."""
    low, high = declared.get("estimated_cost_usd_low"), declared.get("estimated_cost_usd_high")
    return (low, high) if is_number(low) and is_number(high) else None


def shown_range(low: float, high: float) -> str:
    """`0.65`, or `0.21 to 0.41`."""
    return usd(low) if usd(low) == usd(high) else f"{usd(low)} to {usd(high)}"


def training_lines(step: Step) -> Iterator[str]:
    """What the job trains on, and for how much."""
    new = inputs(step)
    method = _object(new, "method").get("type")
    model = new.get("model", UNKNOWN)
    yield f"- base {code(UNKNOWN_TEXT if model is UNKNOWN else model)}" + (
        f", method {code(method)}" if method not in (None, UNKNOWN) else ""
    )
    for role, word in (("training_file", "data"), ("validation_file", "validation")):
        if new.get(role) is not None or new.get(f"{role}_digest") is not None:
            yield f"- {word}: {_rows(step, role)}"
    tokens = new.get("estimated_tokens")
    yield f"- cost: {_cost(new, method)}" + (
        f", {tokens:,} tokens over all epochs" if is_number(tokens) else ""
    )


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a known number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cost(new: Mapping[str, Any], method: object) -> str:
    """The estimate, or why there is none."""
    low, known = new.get("estimated_cost_usd_low"), cost_range(new)
    if known:
        return f"about {code(shown_range(*known))} USD"
    if is_number(low):
        return f"at least {code(usd(low))} USD (the cost of images is unknown)"
    if UNKNOWN in (low, new.get("estimated_cost_usd"), new.get("method"), new.get("model")):
        return f"{UNKNOWN_TEXT} (an input is known only during the update)"
    if method == "reinforcement":
        return "unknown (reinforcement is billed by the hour)"
    if not is_number(new.get("estimated_tokens")):
        return "unknown (the tokens of the training file, or the epochs, are unknown)"
    return "unknown (no price is known for this base model: set one with `ftjobs:prices`)"


def _rows(step: Step, role: str) -> str:
    """Rows, tokens and digest of a file, and the earlier ones where they differ."""
    new, old = inputs(step), inputs_before(step)
    digest, before = new.get(f"{role}_digest"), old.get(f"{role}_digest")
    text = _counts(new, role) or "a file at the service, its rows are unknown"
    text += f", {code(digest, 20)}" if isinstance(digest, str) else ""
    if before and before != digest:
        text += f" (before: {_counts(old, role) or 'other rows'}, {code(before, 20)})"
    return text


def _counts(declared: Mapping[str, Any], role: str) -> str:
    file = _object(_object(_object(declared, PROGRAM), "data"), role)
    parts = [f"{file[key]:,} {key}" for key in ("rows", "tokens") if is_number(file.get(key))]
    return ", ".join(parts)


def _object(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that is an object; empty where it is missing or not known yet."""
    part = whole.get(name)
    return part if isinstance(part, Mapping) else {}
