"""Which base model a model's name stands for: what prices and shutdown dates are looked up by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeVar

from pulumi_ftjobs.lifecycle.calendars import OPENAI_CALENDAR
from pulumi_ftjobs.lifecycle.prices import OPENAI_PRICES

_Given = TypeVar("_Given")
_Value = TypeVar("_Value")
_BASES: Final = frozenset(OPENAI_CALENDAR.base_shutdowns) | frozenset(OPENAI_PRICES.usd_per_million_tokens)
"""Names that are bases, so that a shorter given name does not count for them."""
_SNAPSHOT = re.compile(r"-(\d{4}-\d\d-\d\d|\d{4}|latest)")
_BREAKS = frozenset("-:/_@")
_AZURE_TUNED = re.compile(r"\.ft-[0-9a-f]{8,}[\w.-]*$")


def base_of(model: str) -> str:
    """The base of a fine-tuned model's name, any other name as it is.

    OpenAI names what it trained `ft:<base>:<organization>:<suffix>:<id>`, Azure `<base>.ft-<job>`.
    """
    if model.startswith("ft:"):
        return model.split(":")[1]
    return _AZURE_TUNED.sub("", model)


def choose(
    given: Mapping[str, _Given], published: Mapping[str, _Value], model: str
) -> tuple[_Given | _Value | None, bool]:
    """The entry for `model`, and whether it is one that the user gave.

    A given key may be the name, its base or a beginning of them that ends where a word ends; the longest
    counts, and "*" stands for every other model. A published key is a base or the alias of a dated
    snapshot. The longer of both wins: a price given for `gpt-4.1` is not one for `gpt-4.1-mini`, also
    where the service itself publishes nothing.
    """
    own = max((key for key in given if _begins(model, key)), key=len, default=None)
    names = _BASES.union(published)
    base = max((key for key in names if _is_snapshot(base_of(model), key)), key=len, default=None)
    if own is not None and len(own) >= len(base or ""):
        return given[own], True
    if base is not None and base in published:
        return published[base], False
    return given.get("*"), "*" in given


def is_known_base(name: str) -> bool:
    """Whether `name` is a base this package knows, or a dated snapshot of one."""
    return any(_is_snapshot(name, base) for base in _BASES)


def _begins(model: str, key: str) -> bool:
    return any(
        name == key or (name.startswith(key) and name[len(key)] in _BREAKS)
        for name in (model, base_of(model))
    )


def _is_snapshot(base: str, alias: str) -> bool:
    return base == alias or (base.startswith(alias) and bool(_SNAPSHOT.fullmatch(base[len(alias) :])))
