"""A preview as the engine prints it: its steps, and what they and the old state know about a job."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi_ftjobs.cli.expiry import users_of
from pulumi_ftjobs.cli.markdown_code import code
from pulumi_ftjobs.lifecycle.base_error import FtjobsError

Step = Mapping[str, Any]

NOT_YET: Final = "not known yet"
"""What stands for an input that only the update will tell."""
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_OURS: Final = "pulumi-python:dynamic/ftjobs:"
_STACK: Final = "pulumi:pulumi:Stack"
_MEMBERS: Final = frozenset({"steps", "changeSummary", "diagnostics"})
_NEWER: Final = ("status", "finished_at", "trained_tokens", "deletion_policy")
_OPERATION: Final = re.compile("[a-z-]+")
_NONE: Final = "this is no output of `pulumi preview --json`"


def read_preview(content: bytes) -> dict[str, Any]:
    """The JSON of a preview, in any encoding of Unicode (PowerShell writes UTF-16). Raises FtjobsError."""
    if not content.strip():
        raise FtjobsError(
            f"{_NONE}: it is empty, so the preview failed before it began; see what pulumi said"
        )
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not _is_preview(found):
        raise FtjobsError(f"{_NONE}; give it as a file or on stdin")
    return dict(found)


def kind(step: Step) -> str:
    """The resource's class, for ours without the long prefix."""
    return str(_state(step).get("type", "")).removeprefix(_OURS)


def name(step: Step) -> str:
    """The resource's name in the program."""
    return str(step.get("urn", "")).rpartition("::")[2]


def label(one: Step, others: Sequence[Step]) -> str:
    """A resource's name as code, with its parent where another of its kind has the same name.

    `one` and `others` are steps or diagnostics: whatever has a URN.
    """
    parents, own = _place(one)
    alike = (other for other in others if str(other.get("urn", "")).endswith(own))
    if all(_place(other)[1] != own or _place(other)[0] == parents for other in alike):
        return code(name(one))
    parent = str(_state(one).get("parent") or "").split("::", 2)[-1]
    within = parents if not parent or parent.startswith(_STACK) else parent
    return f"{code(name(one))} in {code(within)}" if within else code(name(one))


def inputs(step: Step) -> Mapping[str, Any]:
    """What is declared now."""
    declared = (step.get("newState") or {}).get("inputs") or {}
    return {key: NOT_YET if value == _UNKNOWN else value for key, value in declared.items()}


def inputs_before(step: Step) -> Mapping[str, Any]:
    """What was declared."""
    return (step.get("oldState") or {}).get("inputs") or {}


def kept(step: Step) -> bool:
    """Whether what exists is left alone at the service: `retain_on_delete`, which a replacement must keep."""
    states = [step[state] for state in ("oldState", "newState") if step.get(state)]
    return all(bool(state.get("retainOnDelete")) for state in states)


def last_known(job: Step, steps: Sequence[Step]) -> Mapping[str, Any]:
    """A job's outputs in the old state, with what the entry of its model knows better.

    The state saw the job when it was created or refreshed, most often before it ran; the entry of its model was made
    when the job had succeeded.
    """
    old, job_id = _outputs_before(job), (job.get("oldState") or {}).get("id")
    for model in filter(_is_model, steps):
        told = _outputs_before(model)
        if job_id and told.get("job_id") == job_id:
            newer = {key: told[key] for key in _NEWER if key in told}
            newer |= {"deletion_policy": "retain"} if kept(model) else {}
            return {**old, **newer, "fine_tuned_model": told.get("name")}
    return old


def changed_by(job: Step, steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """What changes because of a job, by way of its model, as kind (`""` or `output`) and name."""
    yield from (("", found) for found in sorted(map(name, _consumers(job["urn"], steps))))
    model = last_known(job, steps).get("fine_tuned_model")
    stack = [dict(step.get("oldState") or {}) for step in steps if kind(step) == _STACK]
    for user in users_of(model, stack) if model else ():
        yield "output", user.removeprefix("output ")


def _consumers(urn: str, steps: Sequence[Step]) -> list[Step]:
    """Steps that depend on a job or on its model; the model itself is not one of them."""
    reached, found = {urn}, []
    for step in steps:
        needs = set((step.get("newState") or {}).get("dependencies") or ())
        if needs & reached and step["urn"] != urn:
            reached.add(step["urn"])
            if not _is_model(step):
                found.append(step)
    return found


def _is_preview(found: Any) -> bool:
    if not isinstance(found, dict) or not _MEMBERS & set(found):
        return False
    lists = [found.get(member) or [] for member in ("steps", "diagnostics")]
    if not isinstance(found.get("changeSummary") or {}, dict) or not all(
        isinstance(one, list) for one in lists
    ):
        return False
    steps, said = lists
    return all(isinstance(one, dict) for one in said) and all(map(_is_step, steps))


def _is_step(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("urn"), str)
        and isinstance(found.get("op"), str)
        and _OPERATION.fullmatch(found["op"]) is not None
    )


def _state(step: Step) -> Mapping[str, Any]:
    return step.get("newState") or step.get("oldState") or {}


def _place(one: Step) -> tuple[str, str]:
    """The types of a URN's parents, and its own type and name: `my:Team`, `pulumi-python:...::support`."""
    parents, _, own = str(one.get("urn", "")).split("::", 2)[-1].rpartition("$")
    return parents, own


def _is_model(step: Step) -> bool:
    return kind(step) == "FineTunedModel"


def _outputs_before(step: Step) -> Mapping[str, Any]:
    return (step.get("oldState") or {}).get("outputs") or {}
