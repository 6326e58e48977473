"""Constructors that name the closest argument for one they do not know."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def suggest_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Let `function` raise a TypeError that names the closest argument for each unknown one."""
    known = [name for name in inspect.signature(function).parameters if name != "self"]
    caller = function.__qualname__.removesuffix(".__init__")

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        unknown = [name for name in kwargs if name not in known]
        if unknown:
            raise TypeError(f"{caller}: {'; '.join(_unknown(name, known) for name in unknown)}")
        return function(*args, **kwargs)

    return checked


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
    return f"unknown argument {name}, {hint}"
