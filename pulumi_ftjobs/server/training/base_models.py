"""Base models: names and aliases, the methods each can be trained with, announced shutdown dates.

`OPENAI_MODELS` lists what OpenAI published (deprecations page, read in November 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_CREATED = 1_721_172_741  # one date for all: the day the oldest living base appeared


@dataclass(frozen=True)
class BaseModel:
    """One model that can be trained.

    `completions`: its supervised rows are prompt and completion pairs (True), conversations (False), or either (None).
    """

    methods: tuple[str, ...]
    shutdown_date: str | None = None
    completions: bool | None = False


@dataclass(frozen=True)
class BaseModels:
    """The base models of one server and their aliases."""

    bases: Mapping[str, BaseModel]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        return name in self.bases or name in self.aliases

    def resolve(self, name: str) -> str:
        """Return the dated snapshot behind an alias; any other name unchanged."""
        return self.aliases.get(name, name)

    def methods_of(self, base: str) -> tuple[str, ...] | None:
        """Return the training methods of a base model, None if it cannot be trained."""
        found = self.bases.get(base)
        return found.methods if found else None

    def row_format(self, base: str, method: str, problems: Mapping[str, object]) -> str:
        """Return the format that rows must have; `problems` has None for each format that they do have."""
        found = self.bases.get(base)
        completions = found.completions if found else False
        if completions is None:
            completions = method == "supervised" and problems.get("completion", "") is None
        return "completion" if completions else method

    def model_object(self, name: str, *, owner: str = "system", created: int = _CREATED) -> dict[str, Any]:
        """Build a model in the API's shape; the shutdown date is that of its base."""
        shown: dict[str, Any] = {"id": name, "object": "model", "created": created, "owned_by": owner}
        found = self.bases.get(self.resolve(base_of(name)))
        if found and found.shutdown_date:
            shown["shutdown_date"] = found.shutdown_date
        return shown

    def base_objects(self) -> list[dict[str, Any]]:
        """Build every base model and alias in the API's shape."""
        return [self.model_object(name) for name in [*self.aliases, *self.bases]]


def base_of(name: str) -> str:
    """Return the base model of a fine-tuned one at any depth; Azure's have the form `<base>.ft-<job>`."""
    if name.startswith("ft:") and name.count(":") >= 2:
        return name.split(":")[1]
    return name.partition(".ft-")[0]


_SUPERVISED, _WITH_DPO = ("supervised",), ("supervised", "dpo")
_LAST_DAY, _PAST = "2027-01-14", "2026-10-23"

OPENAI_MODELS = BaseModels(
    {
        "gpt-4.1-2025-04-14": BaseModel(_WITH_DPO, _LAST_DAY),
        "gpt-4.1-mini-2025-04-14": BaseModel(_WITH_DPO, _LAST_DAY),
        "gpt-4.1-nano-2025-04-14": BaseModel(_WITH_DPO, _PAST),
        "gpt-4o-2024-08-06": BaseModel(_WITH_DPO, _LAST_DAY),
        "gpt-4o-mini-2024-07-18": BaseModel(_WITH_DPO, _LAST_DAY),
        "gpt-3.5-turbo-0125": BaseModel(_SUPERVISED, _PAST),
        "gpt-3.5-turbo-1106": BaseModel(_SUPERVISED, _PAST),
        "gpt-3.5-turbo-0613": BaseModel(_SUPERVISED, _PAST),
        "o4-mini-2025-04-16": BaseModel(("reinforcement",), _PAST),
        "babbage-002": BaseModel(_SUPERVISED, _PAST, completions=True),
        "davinci-002": BaseModel(_SUPERVISED, _PAST, completions=True),
    },
    {
        "gpt-4.1": "gpt-4.1-2025-04-14",
        "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
        "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
        "gpt-4o": "gpt-4o-2024-08-06",
        "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
        "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
        "o4-mini": "o4-mini-2025-04-16",
    },
)
