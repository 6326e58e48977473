"""URNs of this plugin's resources, and those that the same resources have under the dynamic provider.

A job is recognised by a hash of its URN. Both providers hash the dynamic one, so that a stack may move from one to
the other, or lose its state, and no job is created twice.
"""

from __future__ import annotations

from typing import Final

PACKAGE: Final = "ftjobs"
NATIVE: Final = "ftjobs:index:"
DYNAMIC: Final = "pulumi-python:dynamic/ftjobs:"


def dynamic_urn(urn: str) -> str:
    """Return the URN under the dynamic provider, parents included."""
    return _with_types(urn, NATIVE, DYNAMIC)


def native_urn(urn: str) -> str:
    """Return the URN under this plugin, parents included."""
    return _with_types(urn, DYNAMIC, NATIVE)


def stack_of(urn: str) -> str:
    """Return the stack's name."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def project_of(urn: str) -> str:
    """Return the project's name."""
    return urn.split("::", 2)[1]


def type_of(urn: str) -> str:
    """Return the resource's own type, without its parents'."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def _with_types(urn: str, old: str, new: str) -> str:
    stack, project, types, name = urn.split("::", 3)
    changed = (new + part.removeprefix(old) if part.startswith(old) else part for part in types.split("$"))
    return "::".join((stack, project, "$".join(changed), name))
