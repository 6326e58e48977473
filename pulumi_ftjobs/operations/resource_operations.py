"""What the engine can ask of one resource type, on plain data: the interface that every shell calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, aliases_of, program_of, urn_of
from pulumi_ftjobs.lifecycle.values import UNKNOWN
from pulumi_ftjobs.operations.session import Session

Props = dict[str, Any]
"""Inputs or outputs: plain values, whole numbers as ints, `UNKNOWN` for what a preview does not know."""


@dataclass
class Checked:
    """The answer of check()."""

    inputs: Props
    """The declared inputs with the computed ones added."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    """Everything that is wrong or worth knowing; warnings are shown already, a shell reports the errors."""


@dataclass(frozen=True)
class Difference:
    """The answer of diff()."""

    changes: list[Change] = field(default_factory=list)

    @property
    def replaces(self) -> list[str]:
        """The inputs whose change needs a new object, each once."""
        return list(dict.fromkeys(change.property for change in self.changes if change.effect == "replace"))


class ResourceOperations(ABC):
    """One resource type. check() and diff() reach no network; the others raise FtjobsError."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def check(self, inputs: Props, old_inputs: Props) -> Checked:
        """Every problem of a declaration at once; never raises."""
        for urn in (urn_of(inputs), *aliases_of(inputs)):
            self.session.note_check(urn, inputs)
        checked = self.checked(inputs, old_inputs)
        try:
            self.session.account()
        except FtjobsError as error:
            unusable = Diagnostic("error", Code.SETTING.value, "", str(error))
            if unusable not in checked.diagnostics:
                checked.diagnostics.append(unusable)
        self._show(checked.diagnostics, inputs)
        return checked

    def _show(self, diagnostics: list[Diagnostic], inputs: Props) -> None:
        """Show warnings, what is said about rows once for all jobs that use them; in a preview also the plan."""
        urn = urn_of(inputs)
        for one in diagnostics:
            if one.severity == "warning":
                self.session.say(urn, str(one), "warning", for_all=one.code.startswith("FT"))
            elif one.severity == "info" and program_of(inputs).get("preview"):
                self.session.say(urn, str(one))

    def diff(self, object_id: str, olds: Props, news: Props) -> Difference:
        """What the declaration `news` changes about the object whose outputs are `olds`."""
        found = Difference(self.changes(object_id, olds, news))
        self.session.note_diff(urn_of(news), object_id, replaced=bool(found.replaces))
        return found

    @abstractmethod
    def checked(self, inputs: Props, old_inputs: Props) -> Checked:
        """The resource type's own part of check()."""

    @abstractmethod
    def changes(self, object_id: str, olds: Props, news: Props) -> list[Change]:
        """The resource type's own part of diff()."""

    @abstractmethod
    def create(self, inputs: Props) -> tuple[str, Props]:
        """The id and the outputs of the one object of this declaration."""

    @abstractmethod
    def read(self, object_id: str, outputs: Props) -> Props | None:
        """The outputs as they are now, or None when the object is gone, and only then."""

    def update(self, object_id: str, olds: Props, news: Props) -> Props:  # noqa: ARG002 - the interface
        """The outputs after a change in place; by default only what the program says changes."""
        return {**olds, PROGRAM: news.get(PROGRAM)}

    @abstractmethod
    def delete(self, object_id: str, outputs: Props, urn: str | None = None) -> None:
        """Take the object down, unless the program still declares it.

        Args:
            object_id: the object.
            outputs: what the state has of it.
            urn: the resource's URN as the engine has it now, where the shell knows it.
        """


def required_text(value: Any) -> bool:
    """Whether `value` is a non-empty string, or may turn out to be one."""
    return value is UNKNOWN or (isinstance(value, str) and bool(value))


def check_policy(inputs: Mapping[str, Any], default: str) -> list[Diagnostic]:
    """What is wrong with a `deletion_policy`; `default` is what an absent one means."""
    policy = inputs.get("deletion_policy")
    if policy is None or policy is UNKNOWN or policy in ("retain", "delete"):
        return []
    message = f'must be "retain" or "delete" (the default is "{default}")'
    return [Diagnostic("error", Code.CHOICE.value, "deletion_policy", message)]
