"""Property names: snake_case inside and in Python, camelCase in every other language and in the plugin's states."""

from __future__ import annotations

import re


def camel(name: str) -> str:
    """`training_file` as `trainingFile`; hidden names (`__record`) stay."""
    if name.startswith("__"):
        return name
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def snake(name: str) -> str:
    """`trainingFile` as `training_file`; hidden names (`__record`) stay."""
    return name if name.startswith("__") else re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)
