"""The JSON of `pulumi preview --json`: its steps, and what they and the old state contain about a job."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi_ftjobs.cli.expiry import users_of
from pulumi_ftjobs.cli.markdown_code import code
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.values import UNKNOWN

Step = Mapping[str, Any]

UNKNOWN_TEXT: Final = "not known yet"
"""Shown in place of an input whose value only the update will know."""
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_TYPE_PREFIX: Final = "pulumi-python:dynamic/ftjobs:"
_STACK: Final = "pulumi:pulumi:Stack"
_MEMBERS: Final = frozenset({"steps", "changeSummary", "diagnostics"})
_NEWER_ON_MODEL: Final = ("status", "finished_at", "trained_tokens", "deletion_policy")
_OPERATION: Final = re.compile("[a-z-]+")
_NOT_A_PREVIEW: Final = "input is not `pulumi preview --json` output"


def read_preview(content: bytes) -> dict[str, Any]:
    """The JSON of a preview, in any encoding of Unicode (PowerShell writes UTF-16). Raises FtjobsError."""
    if not content.strip():
        raise FtjobsError(
            f"{_NOT_A_PREVIEW}: it is empty, so the preview failed before it began; see the output of pulumi"
        )
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not _is_preview(found):
        raise FtjobsError(f"{_NOT_A_PREVIEW}; give it as a file or on stdin")
    return dict(found)


def kind(step: Step) -> str:
    """The resource's type, for ours the class name alone."""
    return str(_state(step).get("type", "")).removeprefix(_TYPE_PREFIX)


def concerns_stack(diagnostic: Mapping[str, Any]) -> bool:
    """Whether a diagnostic is about no resource of the program but the stack as a whole."""
    urn = str(diagnostic.get("urn") or "")
    return not urn or urn.split("::")[2:3] == [_STACK]


def name(step: Step) -> str:
    """The resource's name in the program."""
    return str(step.get("urn", "")).rpartition("::")[2]


def label(one: Step, others: Sequence[Step]) -> str:
    """A resource's name as code, with its parent where another resource of its type has the same name.

    `one` and `others` are steps or diagnostics: anything with a URN.
    """
    parents, own = _parents_and_name(one)
    alike = (other for other in others if str(other.get("urn", "")).endswith(own))
    if all(_parents_and_name(other)[1] != own or _parents_and_name(other)[0] == parents for other in alike):
        return code(name(one))
    parent = str(_state(one).get("parent") or "").split("::", 2)[-1]
    within = parents if not parent or parent.startswith(_STACK) else parent
    return f"{code(name(one))} in {code(within)}" if within else code(name(one))


def inputs(step: Step) -> Mapping[str, Any]:
    """The declared inputs; `UNKNOWN` at any depth where the value is not known yet."""
    declared: Mapping[str, Any] = _with_unknowns((step.get("newState") or {}).get("inputs") or {})
    return declared


def inputs_before(step: Step) -> Mapping[str, Any]:
    """The inputs in the old state."""
    return (step.get("oldState") or {}).get("inputs") or {}


def outputs_before(step: Step) -> Mapping[str, Any]:
    """The outputs in the old state."""
    return (step.get("oldState") or {}).get("outputs") or {}


def is_retained(step: Step) -> bool:
    """Whether the service's object stays (`retain_on_delete`, in the old and the new state)."""
    states = [step[state] for state in ("oldState", "newState") if step.get(state)]
    return all(bool(state.get("retainOnDelete")) for state in states)


def last_known(job: Step, steps: Sequence[Step]) -> Mapping[str, Any]:
    """A job's outputs in the old state, with the newer values of its model's entry.

    The state contains the job as of its creation or last refresh, usually before it ran; its model's entry was
    created when the job had succeeded.
    """
    old, job_id = outputs_before(job), (job.get("oldState") or {}).get("id")
    for model in filter(_is_model, steps):
        outputs = outputs_before(model)
        if job_id and outputs.get("job_id") == job_id:
            newer = {key: outputs[key] for key in _NEWER_ON_MODEL if key in outputs}
            newer |= {"deletion_policy": "retain"} if is_retained(model) else {}
            return {**old, **newer, "fine_tuned_model": outputs.get("name")}
    return old


def changed_by(job: Step, steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """What changes because of a job, through its model, as kind (`""` or `output`) and name."""
    yield from (("", found) for found in sorted(map(name, _consumers(job["urn"], steps))))
    model = last_known(job, steps).get("fine_tuned_model")
    stack = [dict(step.get("oldState") or {}) for step in steps if kind(step) == _STACK]
    for user in users_of(model, stack) if model else ():
        yield "output", user.removeprefix("output ")


def _consumers(urn: str, steps: Sequence[Step]) -> list[Step]:
    """Steps that depend on a job or on its model, without the model."""
    reached, found = {urn}, []
    for step in steps:
        needs = set((step.get("newState") or {}).get("dependencies") or ())
        if needs & reached and step["urn"] != urn:
            reached.add(step["urn"])
            if not _is_model(step):
                found.append(step)
    return found


def _with_unknowns(value: Any) -> Any:
    if value == _UNKNOWN:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _with_unknowns(item) for key, item in value.items()}
    return [_with_unknowns(item) for item in value] if isinstance(value, list) else value


def _is_preview(found: Any) -> bool:
    if not isinstance(found, dict) or not _MEMBERS & set(found):
        return False
    lists = [found.get(member) or [] for member in ("steps", "diagnostics")]
    if not isinstance(found.get("changeSummary") or {}, dict) or not all(
        isinstance(one, list) for one in lists
    ):
        return False
    steps, diagnostics = lists
    return all(isinstance(one, dict) for one in diagnostics) and all(map(_is_step, steps))


def _is_step(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("urn"), str)
        and isinstance(found.get("op"), str)
        and _OPERATION.fullmatch(found["op"]) is not None
    )


def _state(step: Step) -> Mapping[str, Any]:
    return step.get("newState") or step.get("oldState") or {}


def _parents_and_name(one: Step) -> tuple[str, str]:
    """The types of a URN's parents, and its own type and name: `my:Team`, `pulumi-python:...::support`."""
    parents, _, own = str(one.get("urn", "")).split("::", 2)[-1].rpartition("$")
    return parents, own


def _is_model(step: Step) -> bool:
    return kind(step) == "FineTunedModel"
