"""Write what a job was trained with into the program that declares it. Pure: source in, source out.

Only the calls in question are touched, character by character, so that a reviewer sees nothing else change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_ftjobs.lifecycle.changes import resolved_hyperparameters, same_model
from pulumi_ftjobs.lifecycle.errors import FtjobsError
from pulumi_ftjobs.lifecycle.identity import effective_method
from pulumi_ftjobs.lifecycle.values import whole_numbers

_RESOURCE: Final = "FineTuningJob"
_METHODS: Final = ("supervised", "dpo", "reinforcement")

Job = Mapping[str, Any]


@dataclass
class Pinned:
    """The result."""

    source: str
    """The program as it is to be."""
    notes: list[str] = field(default_factory=list)
    """What could not be pinned, and why: a line each."""


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: bytes


def pin(source: str, jobs: Mapping[str, Job]) -> Pinned:
    """`source` with model, seed and hyperparameters of `jobs` (outputs by resource name) written into it.

    Raises FtjobsError if it is not Python.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise FtjobsError(f"the program is not Python that this version reads: line {error.lineno}") from None
    text = _Text(source)
    calls = {
        _name(call): call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _called(call) == _RESOURCE
    }
    notes: list[str] = []
    edits: list[_Edit] = []
    for name, job in jobs.items():
        if name not in calls:
            notes.append(f"{name}: no call of {_RESOURCE} with this name as plain text")
            continue
        pinning = _Call(calls[name], job, text)
        edits += pinning.edits()
        notes += [f"{name}: {note}" for note in pinning.notes]
    return Pinned(text.edited(edits), notes)


class _Text:
    """A source with positions as the parser gives them: lines, and columns in bytes of UTF-8."""

    def __init__(self, source: str) -> None:
        self._content = source.encode()
        self.newline = "\r\n" if "\r\n" in source else "\n"
        self._starts = [0]
        for line in self._content.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: ast.expr | ast.keyword) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.keyword) -> int:
        return self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def edited(self, edits: list[_Edit]) -> str:
        content = self._content
        for edit in sorted(edits, key=lambda one: one.start, reverse=True):
            content = content[: edit.start] + edit.text + content[edit.end :]
        return content.decode()


class _Call:
    """One declaration."""

    def __init__(self, call: ast.Call, job: Job, text: _Text) -> None:
        self._call, self._job, self._text = call, job, text
        self._given = {word.arg: word for word in call.keywords if word.arg}
        self.notes: list[str] = []

    def edits(self) -> Iterator[_Edit]:
        yield from self._model()
        added = [*self._seed(), *self._new_method()]
        if added:
            yield self._add(self._call, added)
        yield from self._method()

    def _model(self) -> Iterator[_Edit]:
        resolved, word = self._job.get("model"), self._given.get("model")
        declared = word.value.value if word and isinstance(word.value, ast.Constant) else None
        if word is None or resolved is None or declared == resolved:
            return
        if same_model(declared, resolved):
            yield self._replace(word.value, resolved)
        else:
            self.notes.append(f"model is not a plain text; pin it yourself: {resolved!r}")

    def _seed(self) -> list[str]:
        seed = self._job.get("seed")
        return [f"seed={whole_numbers(seed)!r}"] if seed is not None and "seed" not in self._given else []

    def _new_method(self) -> list[str]:
        if {"method", "hyperparameters"} & set(self._given):
            return []
        chosen, kind = self._chosen(), effective_method(self._job)["type"]
        return [f"method={ {'type': kind, kind: {'hyperparameters': chosen}}!r}"] if chosen else []

    def _method(self) -> Iterator[_Edit]:
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

    def _into_call(self, call: ast.Call, chosen: dict[str, Any]) -> Iterator[_Edit]:
        given = {word.arg: word.value for word in call.keywords}
        for name, node in given.items():
            if name in chosen and isinstance(node, ast.Constant) and node.value in {"auto", None}:
                yield self._replace(node, chosen[name])
        missing = [f"{name}={value!r}" for name, value in chosen.items() if name not in given]
        if missing:
            yield self._add(call, missing)

    def _into_mapping(
        self, word: ast.keyword, given: dict[str, Any], chosen: dict[str, Any]
    ) -> Iterator[_Edit]:
        if word.arg == "hyperparameters":
            wanted = {**chosen, **_without_auto(given)}
        else:
            kind = effective_method(given)["type"]
            body = given.get(kind) or {}
            settings = {**chosen, **_without_auto(body.get("hyperparameters") or {})}
            wanted = {**given, kind: {**body, "hyperparameters": settings}}
        if wanted != given:
            yield self._replace(word.value, wanted)

    def _chosen(self) -> dict[str, Any]:
        """The numbers the service trains with; what it has not chosen yet stays open."""
        return _without_auto(resolved_hyperparameters(self._job))

    def _replace(self, node: ast.expr, value: Any) -> _Edit:
        plain = isinstance(value, str) and value.isprintable() and not {'"', "\\"} & set(value)
        text = f'"{value}"' if plain else repr(value)
        return _Edit(self._text.start(node), self._text.end(node), text.encode())

    def _add(self, call: ast.Call, words: list[str]) -> _Edit:
        """New keywords after the last argument, on lines of their own where the call has them."""
        arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        if not arguments:
            place = self._text.end(call) - 1
            return _Edit(place, place, ", ".join(words).encode())
        last = max(arguments, key=self._text.end)
        own_lines = last.lineno != call.lineno and all(
            one is last or last.lineno not in {one.lineno, one.end_lineno} for one in arguments
        )
        between = f",{self._text.newline}{' ' * last.col_offset}" if own_lines else ", "
        place = self._text.end(last)
        return _Edit(place, place, "".join(between + word for word in words).encode())


def _called(call: ast.Call) -> str | None:
    """The last part of what is called: `ft.FineTuningJob` is `FineTuningJob`."""
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
