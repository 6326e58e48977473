"""Resource options whose engine version cannot work for a dynamic resource, translated to what does."""

from __future__ import annotations

import copy
import re
from typing import Any

import pulumi

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_FILES = ("training_file", "validation_file")
_INSTEAD = {
    "FineTunedModel": 'declare FineTunedModel(job="ftjob-...") with the id of the job that made it: the model is '
    "recorded, no job is created",
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
        raise pulumi.RunError(f"{kind} {name!r}: import_ is not supported, remove it. Instead {instead}")


def all_triggers(triggers: Any, replacement_trigger: Any) -> Any:
    """One value for both; None when neither is set."""
    if replacement_trigger is None:
        return triggers
    return replacement_trigger if triggers is None else [triggers, replacement_trigger]


def create_timeout(opts: pulumi.ResourceOptions | None) -> float | None:
    """Seconds of `custom_timeouts.create` ("1h30m", "45m"), None for no bound.

    Raises:
        pulumi.RunError: for a value that is no time. The engine itself takes a string only, and would fail on a
            number with a traceback.
    """
    timeouts: Any = opts.custom_timeouts if opts else None
    values = timeouts if isinstance(timeouts, dict) else vars(timeouts) if timeouts is not None else {}
    for name, given in values.items():
        if given is not None and (not isinstance(given, str) or _seconds(given) is None):
            unit = f', for {given} minutes: "{given}m"' if isinstance(given, int) else ""
            raise pulumi.RunError(
                f'custom_timeouts: {name} must be a string such as "6h" or "90m", it is {given!r}{unit}'
            )
    created = values.get("create")
    return None if created is None else _seconds(created)


def _seconds(text: str) -> float | None:
    """The time that a text such as "1h30m" means; None for one that means none."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts) or None
