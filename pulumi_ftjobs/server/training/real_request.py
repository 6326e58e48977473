"""What a real trainer accepts in a create request, and the values it uses for `auto`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.server.server_errors import ApiError, invalid
from pulumi_ftjobs.server.training.grader_schema import members

REAL_HYPERPARAMETERS = frozenset({"tuning", "lora_rank"})
"""`tuning`: `lora` (default) or `full`. `lora_rank`: 1 to 256, default 16."""
_TUNINGS = ("lora", "full")


def automatic_values(method: str, rows: int) -> dict[str, Any]:
    """Return the values that stand for `auto`: small batches, about a hundred steps for small data."""
    return {
        "n_epochs": 1
        if method == "reinforcement"
        else max(1, min(10, 300 // max(1, rows)))
        if rows < 100
        else 3,
        "batch_size": max(1, min(8, rows // 8)),
        "learning_rate_multiplier": 1.0,
        "beta": 0.1,
        "compute_multiplier": 1.0,
        "eval_interval": 5,
        "eval_samples": 1,
        "reasoning_effort": "default",
    }


def check_request(body: Mapping[str, Any], *, python: bool, judge: bool) -> None:
    """Raise a 400 for what a real trainer cannot do.

    Args:
        body: The create request.
        python: Whether graders of type `python` may run.
        judge: Whether there is a service whose models grade.
    """
    if body.get("integrations"):
        raise invalid("This server has no integrations: leave 'integrations' out.", "integrations")
    method = body.get("method") or {}
    name = str(method.get("type", "supervised"))
    own = method.get(name) or {}
    for path, given in (
        ("hyperparameters", body.get("hyperparameters")),
        (f"method.{name}.hyperparameters", own.get("hyperparameters")),
    ):
        _check_tuning(given or {}, path)
    if name == "reinforcement":
        _check_grader(own.get("grader"), "method.reinforcement.grader", python=python, judge=judge)


def _check_tuning(given: Mapping[str, Any], path: str) -> None:
    if given.get("tuning", "lora") not in _TUNINGS:
        raise invalid(
            f"{given['tuning']!r} is not one of {list(_TUNINGS)} - '{path}.tuning'", f"{path}.tuning"
        )
    rank = given.get("lora_rank", 16)
    if isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= 256:
        raise invalid(f"{rank!r} is not an integer from 1 to 256 - '{path}.lora_rank'", f"{path}.lora_rank")


def _check_grader(grader: Any, path: str, *, python: bool, judge: bool) -> None:
    if not isinstance(grader, dict):
        raise invalid(f"'grader' is a required property - '{path.rpartition('.')[0]}'", path)
    if grader.get("type") == "multi":
        for name, part in members(grader).items():
            _check_grader(part, f"{path}.graders.{name}", python=python, judge=judge)
    elif grader.get("type") == "python" and not python:
        text = "Python graders are off on this server; its operator allows them with --allow-python-graders."
        raise ApiError(400, text, code="grader_not_allowed", param=path)
    elif grader.get("type") in ("score_model", "label_model") and not judge:
        text = "Model graders need a judge; the server's operator names one with --judge-url."
        raise ApiError(400, text, code="grader_not_allowed", param=path)
