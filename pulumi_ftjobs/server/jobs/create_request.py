"""The rules of a create request: every refusal names the property, and nothing has been stored."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pulumi_ftjobs.server.server_errors import invalid
from pulumi_ftjobs.server.service_profiles import ServiceProfile
from pulumi_ftjobs.server.training import grader_schema, hyperparameters

_METHODS = ("supervised", "dpo", "reinforcement")
_MAX_SEED = 2_147_483_647


def check(body: dict[str, Any], profile: ServiceProfile, extra: Collection[str] = ()) -> None:
    """Raise a 400 for the first thing that the service refuses.

    Args:
        body: The request.
        profile: The service's rules.
        extra: Names of hyperparameters that the trainer accepts beside the service's.
    """
    for name in ("model", "training_file"):
        if name not in body:
            raise invalid(f"'{name}' is a required property", name)
        _string(body, name)
    unknown = sorted(set(body) - profile.members)
    if unknown:
        raise invalid(f"extra fields not permitted: {', '.join(unknown)}", unknown[0])
    _string(body, "validation_file", nullable=True)
    _suffix(body.get("suffix"), profile)
    _seed(body.get("seed"))
    metadata(body.get("metadata"))
    _integrations(body.get("integrations"), profile.integrations)
    numbers = _Hyperparameters(profile.hyperparameters.union(extra), profile.refused_hyperparameters)
    numbers.check("supervised", body.get("hyperparameters"), "hyperparameters")
    _method(body.get("method"), numbers, profile)


def method_of(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the training method and its declared hyperparameters; the legacy form is supervised."""
    method = body.get("method") or {}
    name = str(method.get("type", "supervised"))
    declared = (method.get(name) or {}).get("hyperparameters") or {}
    if name == "supervised" and not declared:
        declared = body.get("hyperparameters") or {}
    return name, dict(declared)


def _string(body: dict[str, Any], name: str, *, nullable: bool = False) -> None:
    value = body.get(name)
    if value is None and nullable:
        return
    if not isinstance(value, str) or not value:
        raise invalid(f"{value!r} is not of type 'string' - '{name}'", name)


def _suffix(suffix: object, profile: ServiceProfile) -> None:
    if suffix is None:
        return
    if not isinstance(suffix, str):
        raise invalid(f"{suffix!r} is not of type 'string' - 'suffix'", "suffix")
    if not re.fullmatch(profile.suffix, suffix, re.DOTALL):
        raise invalid(
            f"{suffix!r} is too long, empty or has a wrong character - {profile.suffix_rule}", "suffix"
        )


def _seed(seed: object) -> None:
    if seed is None:
        return
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= _MAX_SEED:
        raise invalid(f"{seed!r} is not an integer between 0 and {_MAX_SEED} - 'seed'", "seed")


def metadata(pairs: object) -> None:
    """Raise a 400 unless there are at most 16 pairs of strings, names up to 64 characters, values up to 512."""
    if pairs is None:
        return
    if not isinstance(pairs, dict):
        raise invalid(f"{pairs!r} is not of type 'object' - 'metadata'", "metadata")
    if len(pairs) > 16:
        raise invalid(f"metadata has {len(pairs)} pairs; at most 16 are allowed", "metadata")
    for name, value in pairs.items():
        if not isinstance(value, str):
            raise invalid(f"{value!r} is not of type 'string' - 'metadata.{name}'", f"metadata.{name}")
        if len(name) > 64 or len(value) > 512:
            raise invalid(f"metadata.{name[:64]}: names have at most 64 characters, values 512", "metadata")


def _integrations(given: object, known: Collection[str]) -> None:
    if given is None:
        return
    if not isinstance(given, list):
        raise invalid(f"{given!r} is not of type 'array' - 'integrations'", "integrations")
    for place, item in enumerate(given):
        where = f"integrations[{place}]"
        kind = item.get("type") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(kind, str) or kind not in known:
            raise invalid(f"{where}.type must be {' or '.join(map(repr, sorted(known)))}", where)
        if kind != "wandb":
            continue
        wandb = item.get("wandb")
        if not isinstance(wandb, dict) or not isinstance(wandb.get("project"), str):
            raise invalid(f"'project' is a required property - '{where}.wandb'", f"{where}.wandb.project")


@dataclass(frozen=True)
class _Hyperparameters:
    """Names accepted beside OpenAI's, and those of OpenAI that are refused."""

    extra: Collection[str]
    refused: Collection[str]

    def check(self, method: str, given: object, path: str) -> None:
        hyperparameters.check(method, given, path, self.extra)
        for name in sorted(set(self.refused).intersection(given if isinstance(given, dict) else ())):
            text = f"Additional properties are not allowed ('{name}' was unexpected) - '{path}'"
            raise invalid(text, f"{path}.{name}")


def _method(method: object, numbers: _Hyperparameters, profile: ServiceProfile) -> None:
    if method is None:
        return
    if not isinstance(method, dict):
        raise invalid(f"{method!r} is not of type 'object' - 'method'", "method")
    if method.get("type") not in _METHODS:
        raise invalid(f"{method.get('type')!r} is not one of {list(_METHODS)} - 'method.type'", "method.type")
    unknown = sorted(set(method) - {"type", *_METHODS})
    if unknown:
        raise invalid(f"extra fields not permitted: method.{unknown[0]}", f"method.{unknown[0]}")
    for name in _METHODS:
        _settings_of(name, method.get(name), numbers, profile)
    if method["type"] == "reinforcement" and not (method.get("reinforcement") or {}).get("grader"):
        raise invalid(
            "'grader' is a required property - 'method.reinforcement'", "method.reinforcement.grader"
        )


def _settings_of(name: str, settings: object, numbers: _Hyperparameters, profile: ServiceProfile) -> None:
    path = f"method.{name}"
    if settings is None:
        return
    if not isinstance(settings, dict):
        raise invalid(f"{settings!r} is not of type 'object' - '{path}'", path)
    allowed = {"hyperparameters"} | ({"grader", "response_format"} if name == "reinforcement" else set())
    unknown = sorted(set(settings) - allowed)
    if unknown:
        raise invalid(f"extra fields not permitted: {path}.{unknown[0]}", f"{path}.{unknown[0]}")
    numbers.check(name, settings.get("hyperparameters"), f"{path}.hyperparameters")
    if settings.get("grader") is not None:
        grader_schema.check(settings["grader"], f"{path}.grader", kinds=profile.grader_types)
