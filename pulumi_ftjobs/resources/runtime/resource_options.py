"""Resource options whose engine version cannot work for a dynamic resource, translated to what does."""

from __future__ import annotations

import copy
from typing import Any

import pulumi

_FILES = ("training_file", "validation_file")
_INSTEAD = {
    "FineTunedModel": 'declare FineTunedModel(job="ftjob-...") with the id of the job that made it: the model is '
    "recorded, nothing is bought",
    "FineTuningFile": 'give the job the id of the file, training_file="file-...": nothing is uploaded',
}


def translated(opts: pulumi.ResourceOptions | None) -> tuple[pulumi.ResourceOptions, dict[str, Any]]:
    """The options to pass on, and the inputs that take the place of the others.

    `import_` becomes `adopt_job_id` (the engine's import sends no provider and fails);
    `replacement_trigger` becomes a trigger (the engine's forces a replacement that finds the same job);
    ignoring a file ignores the digest of its rows too.
    """
    passed = copy.copy(opts) if opts is not None else pulumi.ResourceOptions()
    inputs: dict[str, Any] = {}
    if passed.import_ is not None:
        inputs["adopt_job_id"] = passed.import_
        passed.import_ = None
    trigger = getattr(passed, "replacement_trigger", None)
    if trigger is not None:
        inputs["replacement_trigger"] = trigger
        passed.replacement_trigger = None
    if passed.ignore_changes:
        digests = [f"{name}_digest" for name in _FILES if name in passed.ignore_changes]
        passed.ignore_changes = [*passed.ignore_changes, *digests]
    return passed, inputs


def refuse_import(type_token: str, name: str, opts: pulumi.ResourceOptions | None) -> None:
    """Raise pulumi.RunError for an `import_` that nothing translates: the engine's import sends no provider."""
    if opts is not None and opts.import_ is not None:
        kind = type_token.rpartition(":")[2]
        instead = _INSTEAD.get(kind, "declare the object")
        raise pulumi.RunError(f"{kind} {name!r}: import_ cannot work here, take it out. Instead {instead}")


def all_triggers(triggers: Any, replacement_trigger: Any) -> Any:
    """One value for both; None when neither is set."""
    if replacement_trigger is None:
        return triggers
    return replacement_trigger if triggers is None else [triggers, replacement_trigger]
