"""The base models this server knows: aliases, what each can be trained with, and announced shutdown dates.

Names, aliases and dates are those OpenAI published (deprecations page, read in November 2026).
"""

from __future__ import annotations

from typing import Any

_SUPERVISED = ("supervised",)
_BOTH = ("supervised", "dpo")

ALIASES = {
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
    "o4-mini": "o4-mini-2025-04-16",
}

_LAST_DAY, _PAST = "2027-01-14", "2026-10-23"

BASES: dict[str, tuple[tuple[str, ...], str | None]] = {
    "gpt-4.1-2025-04-14": (_BOTH, _LAST_DAY),
    "gpt-4.1-mini-2025-04-14": (_BOTH, _LAST_DAY),
    "gpt-4.1-nano-2025-04-14": (_BOTH, _PAST),
    "gpt-4o-2024-08-06": (_BOTH, _LAST_DAY),
    "gpt-4o-mini-2024-07-18": (_BOTH, _LAST_DAY),
    "gpt-3.5-turbo-0125": (_SUPERVISED, _PAST),
    "gpt-3.5-turbo-1106": (_SUPERVISED, _PAST),
    "gpt-3.5-turbo-0613": (_SUPERVISED, _PAST),
    "o4-mini-2025-04-16": (("reinforcement",), _PAST),
    "babbage-002": (_SUPERVISED, _PAST),
    "davinci-002": (_SUPERVISED, _PAST),
}
_CREATED = 1_721_172_741  # one date for all: the day the oldest living base appeared
_COMPLETION = {"babbage-002", "davinci-002"}


def resolve(name: str) -> str:
    """The dated snapshot behind a name; a name that is no alias stays as it is."""
    return ALIASES.get(name, name)


def methods_of(base: str) -> tuple[str, ...] | None:
    """The training methods of a base model; None: not a base model that can be trained."""
    found = BASES.get(base)
    return found[0] if found else None


def wants_completions(base: str) -> bool:
    """Whether the model is trained on prompt and completion pairs."""
    return base in _COMPLETION


def base_of(name: str) -> str:
    """The base model below a fine-tuned one, whatever the depth; Azure's have the form `<base>.ft-<job>`."""
    if name.startswith("ft:") and name.count(":") >= 2:
        return name.split(":")[1]
    return name.partition(".ft-")[0]


def model_object(name: str, *, owner: str = "system", created: int = _CREATED) -> dict[str, Any]:
    """A model in the API's shape; the shutdown date is that of its base."""
    shown: dict[str, Any] = {"id": name, "object": "model", "created": created, "owned_by": owner}
    found = BASES.get(resolve(base_of(name)))
    if found and found[1]:
        shown["shutdown_date"] = found[1]
    return shown


def base_objects() -> list[dict[str, Any]]:
    """Every base model and alias."""
    return [model_object(name) for name in [*ALIASES, *BASES]]
