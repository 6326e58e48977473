"""Write what a job was trained with into the program that declares it. Pure: source in, source out.

Only calls with literal arguments are changed; for others the values to write are reported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_ftjobs.cli.source_text import Edit, SourceText
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import resolved_hyperparameters, same_model
from pulumi_ftjobs.lifecycle.identity import effective_method
from pulumi_ftjobs.lifecycle.values import listed, whole_numbers

_RESOURCE: Final = "FineTuningJob"
_METHODS: Final = ("supervised", "dpo", "reinforcement")

Job = Mapping[str, Any]


@dataclass
class Pinned:
    """The result."""

    source: str
    """The changed program."""
    notes: list[str] = field(default_factory=list)
    """What is left to write by hand, and why: one line each."""
    missing: list[str] = field(default_factory=list)
    """What the state does not contain yet: one line each."""


def pin(source: str, jobs: Mapping[str, Job], declared: Mapping[str, Job] | None = None) -> Pinned:
    """`source` with model, seed and hyperparameters of `jobs` (outputs by resource name) written into it.

    `declared`: the inputs they were created with; values given there are not reported as left. Raises FtjobsError
    for a syntax error in `source`.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise FtjobsError(f"syntax error in the program, line {error.lineno}") from None
    text = SourceText(source)
    calls: dict[str | None, list[ast.Call]] = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _called(call) == _RESOURCE:
            calls.setdefault(_name(call), []).append(call)
    result = Pinned(source)
    edits: list[Edit] = []
    for name, job in jobs.items():
        result.missing += [f"{name}: {reason}" for reason in _not_known(job)]
        found = calls.get(name, [])
        obstacle = _obstacle(found)
        if obstacle:
            values = _by_hand(job, (declared or {}).get(name, {}))
            result.notes += [f"{name}: {obstacle}; write it yourself: {values}"] if values else []
            continue
        pinning = _Call(found[0], job, text)
        edits += pinning.edits()
        result.notes += [f"{name}: {note}" for note in pinning.notes]
    result.source = text.edited(edits)
    return result


def _obstacle(calls: list[ast.Call]) -> str | None:
    """Why the call that declares a job cannot be identified or read, or None."""
    if not calls:
        return f"no call of {_RESOURCE} with this name as a literal"
    if len(calls) > 1:
        return f"{len(calls)} calls of {_RESOURCE} have this name"
    if any(word.arg is None for word in calls[0].keywords) or any(
        isinstance(one, ast.Starred) for one in calls[0].args
    ):
        return "the call has * or ** arguments, which cannot be read"
    return None


def _not_known(job: Job) -> Iterator[str]:
    """What the state lacks while the job may not have been read since its training began."""
    method: Mapping[str, Any] = job.get("method") or {}
    body = method.get(method.get("type") or "supervised") or job
    names = [name for name, value in (body.get("hyperparameters") or {}).items() if value == "auto"]
    names += ["seed"] if job.get("seed") is None else []
    if names and job.get("status") != "succeeded":
        yield f"the state does not contain {listed(names)}; run `pulumi refresh` once the job trains, and pin again"


def _by_hand(job: Job, declared: Job) -> str:
    """The keywords to write: known and not declared."""
    model, seed = job.get("model"), job.get("seed")
    given = _without_auto(resolved_hyperparameters(declared))
    chosen = _without_auto(resolved_hyperparameters(job))
    words = [f"model={model!r}"] if model is not None and model != declared.get("model") else []
    words += [f"seed={whole_numbers(seed)!r}"] if seed is not None and declared.get("seed") is None else []
    words += [_method_keyword(job, chosen)] if set(chosen) - set(given) else []
    return ", ".join(words)


def _method_keyword(job: Job, chosen: dict[str, Any]) -> str:
    kind = effective_method(job)["type"]
    return f"method={ {'type': kind, kind: {'hyperparameters': chosen}}!r}"


class _Call:
    """One declaration."""

    def __init__(self, call: ast.Call, job: Job, text: SourceText) -> None:
        self._call, self._job, self._text = call, job, text
        self._given = {word.arg: word for word in call.keywords if word.arg}
        self.notes: list[str] = []

    def edits(self) -> Iterator[Edit]:
        yield from self._model()
        added = [*self._seed(), *self._new_method()]
        if added:
            yield self._text.added(self._call, added)
        yield from self._method()

    def _model(self) -> Iterator[Edit]:
        resolved, word = self._job.get("model"), self._given.get("model")
        declared = word.value.value if word and isinstance(word.value, ast.Constant) else None
        if word is None or resolved is None or declared == resolved:
            return
        if same_model(declared, resolved):
            yield self._replace(word.value, resolved)
        else:
            self.notes.append(f"model is not a string literal; pin it yourself: {resolved!r}")

    def _seed(self) -> list[str]:
        seed = self._job.get("seed")
        return [f"seed={whole_numbers(seed)!r}"] if seed is not None and "seed" not in self._given else []

    def _new_method(self) -> list[str]:
        if {"method", "hyperparameters"} & set(self._given):
            return []
        chosen = self._chosen()
        return [_method_keyword(self._job, chosen)] if chosen else []

    def _method(self) -> Iterator[Edit]:
        word = self._given.get("method") or self._given.get("hyperparameters")
        chosen = self._chosen()
        if word is None or not chosen:
            return
        value = word.value
        if isinstance(value, ast.Call) and _called(value) in _METHODS and all(k.arg for k in value.keywords):
            yield from self._into_call(value, chosen)
        elif (given := _literal(value)) is not None:
            yield from self._into_mapping(word, given, chosen)
        else:
            self.notes.append(f"{word.arg} is computed; pin the hyperparameters yourself: {chosen!r}")

    def _into_call(self, call: ast.Call, chosen: dict[str, Any]) -> Iterator[Edit]:
        given = {word.arg: word.value for word in call.keywords}
        for name, node in given.items():
            if name in chosen and isinstance(node, ast.Constant) and node.value in {"auto", None}:
                yield self._replace(node, chosen[name])
        missing = [f"{name}={value!r}" for name, value in chosen.items() if name not in given]
        if missing:
            yield self._text.added(call, missing)

    def _into_mapping(
        self, word: ast.keyword, given: dict[str, Any], chosen: dict[str, Any]
    ) -> Iterator[Edit]:
        if word.arg == "hyperparameters":
            wanted = {**chosen, **_without_auto(given)}
        else:
            kind = effective_method(given)["type"]
            body = given.get(kind) or {}
            settings = {**chosen, **_without_auto(body.get("hyperparameters") or {})}
            wanted = {**given, kind: {**body, "hyperparameters": settings}}
        if wanted == given:
            return
        if self._text.has_comment(word.value):
            self.notes.append(f"{word.arg} has comments, which would be lost; write it yourself: {wanted!r}")
        else:
            yield self._replace(word.value, wanted)

    def _chosen(self) -> dict[str, Any]:
        """The numbers the service trains with, without those it has not chosen yet."""
        return _without_auto(resolved_hyperparameters(self._job))

    def _replace(self, node: ast.expr, value: Any) -> Edit:
        plain = isinstance(value, str) and value.isprintable() and not {'"', "\\"} & set(value)
        return self._text.replaced(node, f'"{value}"' if plain else repr(value))


def _called(call: ast.Call) -> str | None:
    """The last part of the called name: `FineTuningJob` for `ft.FineTuningJob`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)


def _name(call: ast.Call) -> str | None:
    first = (
        call.args[0]
        if call.args
        else next((k.value for k in call.keywords if k.arg == "resource_name"), None)
    )
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _literal(node: ast.expr) -> dict[str, Any] | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    return value if isinstance(value, dict) else None


def _without_auto(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in ("auto", None)}
