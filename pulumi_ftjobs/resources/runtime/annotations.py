"""Annotations that are resolved once per class, not once per resource."""

from __future__ import annotations

import inspect
from typing import TypeVar

C = TypeVar("C", bound=type)


def resolved_annotations(cls: C) -> C:
    """Replace a class's annotations, which are strings, by the types they name.

    The SDK reads the types of all outputs for every resource, and would evaluate the strings each time: about a
    millisecond a job.
    """
    cls.__annotations__ = inspect.get_annotations(cls, locals={}, eval_str=True)
    return cls
