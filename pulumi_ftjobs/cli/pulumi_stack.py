"""The current Pulumi stack, as the Pulumi CLI reports it: its names, config and state."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.identity import stack_pair, stack_pair_from_id
from pulumi_ftjobs.lifecycle.values import one_line

_SELF_MANAGED: Final = "organization"
_TIMEOUT: Final = 60
"""Seconds that one `pulumi` command may take."""


_ADVICE: Final = (
    "run it in the folder of the project, with the stack selected, and with PULUMI_CONFIG_PASSPHRASE or "
    "PULUMI_CONFIG_PASSPHRASE_FILE where its secrets need one"
)
_CONFIG_ADVICE: Final = (
    f"{_ADVICE}; without --stack-config and FTJOBS_STACK_CONFIG only the environment counts"
)


@dataclass(frozen=True)
class StackNames:
    """The names that identify a stack."""

    organization: str
    project: str
    stack: str

    @property
    def urn_prefix(self) -> str:
        """The prefix of every URN of the stack."""
        return f"urn:pulumi:{self.stack}::{self.project}"

    def pair(self, config: Mapping[str, str]) -> str:
        """The value of the stack's metadata pair. `config`: its `ftjobs:*` settings."""
        if config.get("stackId"):
            return stack_pair_from_id(config["stackId"])
        # Imports a YAML reader: only for commands that need the stack.
        from pulumi_ftjobs.operations.backend_url import backend_url  # noqa: PLC0415

        backend = backend_url() if self.organization == _SELF_MANAGED else None
        return stack_pair(self.organization, self.project, self.stack, backend)


def current_stack() -> StackNames:
    """The stack that is selected in this folder. Raises SettingsError where none is."""
    return parse_names(run_pulumi("stack", "--show-name", "--fully-qualify-stack-names").strip())


def parse_names(text: str) -> StackNames:
    """`organization/project/stack` as names. Raises SettingsError."""
    parts = text.split("/")
    if len(parts) != 3 or not all(parts):
        raise SettingsError(
            f"not a stack name: {one_line(text, 60)!r}. Expected organization/project/stack; on a self-managed backend "
            "the organization is `organization`"
        )
    return StackNames(*parts)


def stack_config() -> dict[str, str]:
    """The config of the current stack, secrets decrypted: `namespace:key` to value. Raises SettingsError."""
    try:
        values: dict[str, Any] = json.loads(
            run_pulumi("config", "--show-secrets", "--json", advice=_CONFIG_ADVICE)
        )
    except ValueError:
        raise SettingsError("`pulumi config --json` did not print JSON") from None
    return {name: str(entry["value"]) for name, entry in values.items() if "value" in entry}


def stack_resources() -> list[dict[str, Any]]:
    """The resources in the current stack's state, secrets left encrypted. Raises SettingsError."""
    try:
        state: dict[str, Any] = json.loads(run_pulumi("stack", "export"))
    except ValueError:
        raise SettingsError("`pulumi stack export` did not print JSON") from None
    return list((state.get("deployment") or {}).get("resources") or ())


def run_pulumi(*arguments: str, advice: str = _ADVICE) -> str:
    """The output of `pulumi` with these arguments. Raises SettingsError with its error message."""
    command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            command, check=False, capture_output=True, text=True, timeout=_TIMEOUT
        )
    except FileNotFoundError:
        raise SettingsError(
            "`pulumi` is not on PATH. Install the Pulumi CLI, or set the environment variables instead"
        ) from None
    except subprocess.TimeoutExpired:
        raise SettingsError(f"`pulumi {arguments[0]}` did not finish within {_TIMEOUT} s") from None
    if done.returncode:
        reason = one_line(done.stderr.strip().removeprefix("error: "), 300)
        raise SettingsError(f"`pulumi {' '.join(arguments)}` failed: {reason}; {advice}")
    return done.stdout
