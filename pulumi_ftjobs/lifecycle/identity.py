"""Who a declaration is: the stack pair, the declaration pair, the name of an upload.

Every recipe here is written into the service's metadata or the state and is permanent; each value
begins with its version. Recorded values in the tests hold them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pulumi_ftjobs.lifecycle.job_fields import DIGESTED, FILES, IDENTITY_VALUES
from pulumi_ftjobs.lifecycle.values import digest, without_nulls

_HYPERPARAMETERS = "hyperparameters"


def stack_pair(organization: str, project: str, stack: str, backend: str | None = None) -> str:
    """The value of the `ftjobs_stack` pair.

    `backend` is the URL of a self-managed backend, with host and real path for files. Every such
    backend calls its organization `organization`: without the digest two people with equal project
    and stack names would adopt and cancel each other's jobs.
    """
    mark = "#" + hashlib.sha256(backend.encode()).hexdigest()[:12] if backend else ""
    return f"v1:{organization}/{project}/{stack}{mark}"


def stack_pair_from_id(stack_id: str) -> str:
    """The value of the `ftjobs_stack` pair where the user has set `ftjobs:stackId`."""
    return f"v1:{stack_id}"


def resource_part(urn: str) -> str:
    """The part of the declaration pair that names the resource: a hash of its URN without the stack.

    The URN holds the parents' types, so two components' children of the same name do not collide,
    and a renamed stack keeps it.
    """
    prefix, _, rest = urn.partition("::")
    if not prefix.startswith("urn:pulumi:") or not rest:
        raise ValueError(f"not a URN: {urn!r}")
    return hashlib.sha256(rest.encode()).hexdigest()[:16]


def effective_method(props: Mapping[str, Any]) -> dict[str, Any]:
    """The method a declaration asks for, in one shape.

    Legacy `hyperparameters` are the supervised method's; "auto" and absent are the same; an absent
    method is `supervised` (the service's default).
    """
    method: Mapping[str, Any] = props.get("method") or {}
    kind = method.get("type") or "supervised"
    settings = method.get(kind) or {}
    if not isinstance(settings, Mapping):  # not known yet, as a whole
        return {"type": kind, "body": {kind: settings}, _HYPERPARAMETERS: {}}
    body = dict(settings)
    given = body.pop(_HYPERPARAMETERS, None) or props.get(_HYPERPARAMETERS) or {}
    if not isinstance(given, Mapping):
        return {"type": kind, "body": {**body, _HYPERPARAMETERS: given}, _HYPERPARAMETERS: {}}
    chosen = {k: v for k, v in given.items() if v != "auto"}
    return {"type": kind, "body": without_nulls(body), _HYPERPARAMETERS: without_nulls(chosen)}


def property_digest(name: str, value: Any) -> str:
    """The digest of one declared property.

    Null and absent are the same, except where the content is not ours to judge (`extra_body`, `triggers`).
    """
    return digest(value if name in {"extra_body", "triggers"} else without_nulls(value))


def declared_digests(props: Mapping[str, Any]) -> dict[str, str]:
    """A digest per declared property, the form in which the state remembers a declaration.

    The method is split: one digest for its kind and settings, one for each hyperparameter, so that
    pinning one of them to the value the service chose is recognised.
    """
    digests: dict[str, str] = {}
    for name in DIGESTED:
        if props.get(name) is not None:
            digests[name] = property_digest(name, props[name])
    method = effective_method(props)
    digests["method"] = digest({"type": method["type"], "body": method["body"]})
    for name, value in method[_HYPERPARAMETERS].items():
        digests[f"hyperparameters.{name}"] = digest(value)
    return digests


def declaration(props: Mapping[str, Any], urn: str) -> str:
    """The value of the `ftjobs_declaration` pair: which resource, and exactly which training.

    The second part covers the inputs that replace, absent ones left out, rows digests in place of
    file ids where they are known, and `triggers`: an earlier declaration finds its finished job.
    """
    training: dict[str, Any] = {name: props[name] for name in IDENTITY_VALUES if props.get(name) is not None}
    training["method"] = effective_method(props)
    for name in FILES:
        value = props.get(f"{name}_digest") or props.get(name)
        if value is not None:
            training[name] = value
    return f"v1:{resource_part(urn)}:{digest(training, 32)}"


def same_resource(declaration_pair: object, urn: str) -> bool:
    """Whether a job's declaration pair was written by the resource `urn`, whichever training it was."""
    return isinstance(declaration_pair, str) and declaration_pair.startswith(f"v1:{resource_part(urn)}:")


def upload_name(path_name: str, stack: str, bytes_digest: str) -> str:
    """The file name an upload is sent under: `<name>.ftjobs-v1-<stack>-<bytes>.jsonl`.

    An interrupted upload is found again by it, equal bytes are uploaded once per stack, and another
    stack's upload is never touched.
    """
    stem = path_name[: -len(".jsonl")] if path_name.endswith(".jsonl") else path_name
    clean = "".join(c if c.isalnum() or c in "-_" else "-" for c in stem if ord(c) < 128)[:48] or "data"
    return f"{clean}.{upload_mark(stack, bytes_digest)}.jsonl"


def upload_mark(stack: str, bytes_digest: str) -> str:
    """The part of an upload's name that identifies it: whose it is and which bytes."""
    return f"{stack_upload_mark(stack)}{bytes_digest.removeprefix('sha256:')[:24]}"


def stack_upload_mark(stack: str) -> str:
    """The part of an upload's name that says which stack made it."""
    return f"ftjobs-v1-{hashlib.sha256(stack.encode()).hexdigest()[:12]}-"
