"""What a comment says about a training: on what, and for about how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_ftjobs.cli.markdown_code import code
from pulumi_ftjobs.cli.preview_json import NOT_YET, Step, inputs, inputs_before
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM

_AT_LEAST: Final = "at least "


def cost_range(step: Step) -> tuple[float, float] | None:
    """The estimate's ends in USD, None when it has no upper one."""
    text = str(inputs(step).get("estimated_cost_usd") or "")
    try:
        ends = [float(part) for part in text.replace(",", "").split(" to ")]
    except ValueError:
        return None
    return ends[0], ends[-1]


def training(step: Step) -> Iterator[str]:
    """On what, and for how much."""
    new = inputs(step)
    method = _part(new, "method").get("type")
    yield f"- base {code(new.get('model', NOT_YET))}" + (f", method {code(method)}" if method else "")
    for role, word in (("training_file", "data"), ("validation_file", "validation")):
        if new.get(role) is not None or new.get(f"{role}_digest") is not None:
            yield f"- {word}: {_rows(step, role)}"
    tokens = new.get("estimated_tokens")
    yield f"- cost: {_cost(new, method)}" + (
        f", {tokens:,} tokens over all epochs" if is_number(tokens) else ""
    )


def _cost(new: Mapping[str, Any], method: object) -> str:
    """The estimate, or why there is none."""
    amount = str(new.get("estimated_cost_usd") or "unknown")
    if amount.startswith(_AT_LEAST):
        return f"at least {code(amount.removeprefix(_AT_LEAST))} USD (what the images cost is not known)"
    if amount == NOT_YET:
        return f"{NOT_YET} (an input is known in the update only)"
    if method == "reinforcement":
        return "unknown (reinforcement bills by the hour)"
    if amount == "unknown" and not is_number(new.get("estimated_tokens")):
        return "unknown (the tokens of the training file, or the epochs, are not known)"
    if amount == "unknown":
        return "unknown (no price is known for this base: `ftjobs:prices` gives one)"
    return f"about {code(amount)} USD"


def _rows(step: Step, role: str) -> str:
    """Rows, tokens and digest of a file, and those before where they differ."""
    new, old = inputs(step), inputs_before(step)
    digest, was = new.get(f"{role}_digest"), old.get(f"{role}_digest")
    told = _figures(new, role) or "a file at the service, its rows are not known"
    told += f", {code(digest, 20)}" if digest else ""
    if was and was != digest:
        told += f" (before: {_figures(old, role) or 'other rows'}, {code(was, 20)})"
    return told


def _figures(declared: Mapping[str, Any], role: str) -> str:
    figures = _part(_part(_part(declared, PROGRAM), "data"), role)
    parts = [f"{figures[key]:,} {key}" for key in ("rows", "tokens") if is_number(figures.get(key))]
    return ", ".join(parts)


def is_number(value: Any) -> bool:
    """Whether a figure is known."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part that may be missing, or not known yet."""
    part = whole.get(name)
    return part if isinstance(part, Mapping) else {}
