"""The change table: what a changed input does to a job that exists.

Compares what is declared now with what was declared (digests in the state), never with what the
service answered, with two exceptions: a newly declared value may be the one the service had chosen anyway
(pinning is free), and `paused` is desired state, compared with the job's status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pulumi_ftjobs.lifecycle.identity import effective_method, property_digest
from pulumi_ftjobs.lifecycle.job_fields import COMPARED_BY_VALUE, EFFECTS, FILES
from pulumi_ftjobs.lifecycle.state_schema import RECORD, TERMINAL_STATUSES, program_of
from pulumi_ftjobs.lifecycle.values import (
    UNKNOWN,
    contains_unknown,
    digest,
    one_line,
    whole_numbers,
)

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$|-\d{4}$")


@dataclass(frozen=True)
class Change:
    """One input that changed, and what that does."""

    property: str
    """The input's name, as the engine's `replaces` wants it."""
    effect: Literal["replace", "update"]
    path: str
    """The full path for readers: `method.supervised.hyperparameters.n_epochs`."""
    detail: str
    """What changed, without values that could be secret."""


def job_changes(job_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[Change]:
    """Every change between the state `olds` (outputs) and the declaration `news` (checked inputs)."""
    olds = {**olds, "id": job_id}
    declared: Mapping[str, str] = (olds.get(RECORD) or {}).get("declared") or {}
    return [
        *_model_change(olds, news, declared),
        *(change for name in FILES for change in _file_change(name, olds, news, declared)),
        *_method_changes(olds, news, declared),
        *_simple_changes(olds, news, declared),
        *_paused_change(olds, news),
    ]


def same_model(declared: object, resolved: object) -> bool:
    """Whether `resolved` is `declared`, or the dated snapshot that the alias `declared` stands for."""
    if not isinstance(declared, str) or not isinstance(resolved, str):
        return False
    if declared == resolved:
        return True
    return resolved.startswith(declared) and bool(_SNAPSHOT.fullmatch(resolved[len(declared) :]))


def _model_change(
    olds: Mapping[str, Any], news: Mapping[str, Any], declared: Mapping[str, str]
) -> Iterator[Change]:
    new, old = news.get("model"), olds.get("model")
    if contains_unknown(new):
        yield Change("model", "replace", "model", "is not known yet")
    elif declared.get("model") != digest(new) and not same_model(new, old):
        yield Change("model", "replace", "model", _from_to(news, "model", old, new))


def _file_change(
    name: str, olds: Mapping[str, Any], news: Mapping[str, Any], declared: Mapping[str, str]
) -> Iterator[Change]:
    """By rows digest where both are known; by file id otherwise.

    A digest that is not known yet replaces: the rows may differ.
    """
    old_rows, new_rows = olds.get(f"{name}_digest"), news.get(f"{name}_digest")
    old_id, new_id = olds.get(name), news.get(name)
    same_id = new_id == old_id or (new_id is not UNKNOWN and new_id and declared.get(name) == digest(new_id))
    if new_rows is UNKNOWN:
        yield Change(name, "replace", name, "its content is not known yet")
    elif old_rows and new_rows and old_rows != new_rows:
        detail = f"contents changed ({_short(old_rows)} -> {_short(new_rows)})"
        yield Change(name, "replace", name, detail)
    elif old_rows and new_rows:
        if new_id is not UNKNOWN and not same_id:
            yield Change(name, "update", name, "file id changed, rows unchanged")
    elif new_id is UNKNOWN:
        yield Change(name, "replace", name, "is not known yet")
    elif not same_id:
        yield Change(name, "replace", name, _from_to(news, name, old_id, new_id))


def _method_changes(
    olds: Mapping[str, Any], news: Mapping[str, Any], declared: Mapping[str, str]
) -> Iterator[Change]:
    if news.get("method") is UNKNOWN or news.get("hyperparameters") is UNKNOWN:
        name = "method" if news.get("method") is UNKNOWN else "hyperparameters"
        yield Change(name, "replace", name, "is not known yet")
        return
    method = effective_method(news)
    kind = method["type"]
    legacy = not news.get("method")
    shown = "hyperparameters" if legacy and news.get("hyperparameters") else "method"
    settings = {"type": kind, "body": method["body"]}
    if contains_unknown(settings):
        yield Change(shown, "replace", f"method.{kind}", "is not known yet")
    elif declared.get("method") != digest(settings):
        before_kind = (olds.get("method") or {}).get("type") or kind
        if before_kind != kind:
            yield Change("method", "replace", "method.type", f"{before_kind} -> {kind}")
            return
        yield Change("method", "replace", f"method.{kind}", "changed")
    chosen = method["hyperparameters"]
    resolved = resolved_hyperparameters(olds)
    before = {k.partition(".")[2] for k in declared if k.startswith("hyperparameters.")}
    for name in sorted(before | set(chosen)):
        path = f"hyperparameters.{name}" if shown != "method" else f"method.{kind}.hyperparameters.{name}"
        new = chosen.get(name)
        if contains_unknown(new):
            yield Change(shown, "replace", path, "is not known yet")
        elif new is None:
            yield Change(shown, "replace", path, _from_to(news, shown, resolved.get(name), "auto"))
        elif declared.get(f"hyperparameters.{name}") != digest(new) and whole_numbers(new) != resolved.get(
            name
        ):
            yield Change(shown, "replace", path, _from_to(news, shown, resolved.get(name), new))


def resolved_hyperparameters(job: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers the service trains with, from the job's `method` or its legacy `hyperparameters`."""
    method = effective_method({"method": job.get("method"), "hyperparameters": job.get("hyperparameters")})
    return {k: whole_numbers(v) for k, v in method["hyperparameters"].items()}


def _simple_changes(
    olds: Mapping[str, Any], news: Mapping[str, Any], declared: Mapping[str, str]
) -> Iterator[Change]:
    for name in COMPARED_BY_VALUE:
        effect: Literal["replace", "update"] = "update" if EFFECTS[name] == "update" else "replace"
        new = news.get(name)
        if contains_unknown(new):
            yield Change(name, effect, name, "is not known yet")
            continue
        new_digest = None if new is None else property_digest(name, new)
        if declared.get(name) == new_digest or _free(name, new, olds):
            continue
        yield Change(name, effect, name, _from_to(news, name, *_both(name, olds, new, declared)))


def _both(name: str, olds: Mapping[str, Any], new: Any, declared: Mapping[str, str]) -> tuple[object, object]:
    """The value before and now; `new` twice where there was one that the state does not show."""
    if name not in declared:
        return None, new
    before = olds.get(name)
    return (new if before is None else before), new


def _free(name: str, new: Any, olds: Mapping[str, Any]) -> bool:
    """Whether declaring `new` changes nothing: the seed that was used, the job that this already is."""
    if name == "seed":
        return new is not None and whole_numbers(new) == whole_numbers(olds.get("seed"))
    return name == "adopt_job_id" and (new is None or new == olds.get("id"))


def paused_is_satisfied(job: Mapping[str, Any], paused: object) -> bool:
    """Whether `paused` needs no action: not declared, a finished job, or one that already is as declared."""
    status = job.get("status")
    return paused is None or status in TERMINAL_STATUSES or paused == (status == "paused")


def _paused_change(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Iterator[Change]:
    """Compared with the recorded status, not with an earlier input that may never have been applied."""
    new, status = news.get("paused"), olds.get("status")
    if not paused_is_satisfied(olds, new):
        seen = f"; last known status: {one_line(str(status), 40)}" if status else ""
        declared = "is not known yet" if new is UNKNOWN else f"declared as {new}"
        yield Change("paused", "update", "paused", f"{declared}{seen}")


def _short(rows_digest: str) -> str:
    return rows_digest[:11]


def _from_to(news: Mapping[str, Any], name: str, old: object, new: object) -> str:
    """What changed: with both values where they are short and no secret."""
    if old is None or new is None:
        return "changed" if old == new else "was added" if new is not None else "was removed"
    plain = all(isinstance(value, str | int | float) for value in (old, new))
    if not plain or old == new or name in (program_of(news).get("secret") or ()):
        return "changed"
    return f"{one_line(str(old), 60)} -> {one_line(str(new), 60)}"
