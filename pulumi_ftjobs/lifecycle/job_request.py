"""The body of the create call, built from a declaration the way its service wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.job_fields import SENT
from pulumi_ftjobs.lifecycle.profiles import COMPATIBLE, Profile
from pulumi_ftjobs.lifecycle.state_schema import DECLARATION_KEY, STACK_KEY
from pulumi_ftjobs.lifecycle.values import whole_numbers, without_nulls


def create_body(
    props: Mapping[str, Any],
    profile: Profile = COMPATIBLE,
    *,
    marked: bool = True,
    stack: str = "",
    declaration: str = "",
) -> dict[str, Any]:
    """The create call's body: what was declared, absent values left out, whole floats as ints.

    With `marked`, the two pairs by which the job is found again are added to the user's metadata.
    Hyperparameters go where the profile's service takes them, under its names. `extra_body` is merged
    in last: fields a service knows and we do not.
    """
    body = {
        name: without_nulls(props[name])
        for name in SENT
        if name != "metadata" and props.get(name) is not None
    }
    body = _placed(body, profile)
    metadata = dict(props.get("metadata") or {})
    if marked:
        metadata |= {STACK_KEY: stack, DECLARATION_KEY: declaration}
    if metadata:
        body["metadata"] = metadata
    return whole_numbers(body | dict(props.get("extra_body") or {}))  # type: ignore[no-any-return]


def _placed(body: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """The same training with its hyperparameters where the service takes them."""
    place = profile.hyperparameters.place
    method: Mapping[str, Any] = body.get("method") or {"type": "supervised"}
    kind = str(method.get("type"))
    settings = method.get(kind) or {}
    if place == "declared" or not isinstance(settings, Mapping):
        return body
    chosen = settings.get("hyperparameters") or body.get("hyperparameters") or {}
    rest = {name: value for name, value in body.items() if name not in {"method", "hyperparameters"}}
    own = _own_names(chosen, profile)
    if not own and "method" not in body:
        return rest
    if place == "top_level":
        if kind != "supervised":  # the check has refused it already
            return body
        return rest | ({"hyperparameters": own} if own else {})
    settings = {**settings, **({"hyperparameters": own} if own else {})}
    return rest | {"method": {"type": kind, **({kind: settings} if settings else {})}}


def _own_names(chosen: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Hyperparameters under the service's names; "auto" is left out, and what a setting needs is added."""
    names, implied = profile.hyperparameters.names, profile.hyperparameters.implied
    own = {names.get(name, name): value for name, value in chosen.items() if value != "auto"}
    needed = dict(implied[name] for name in own if name in implied)
    return needed | own
