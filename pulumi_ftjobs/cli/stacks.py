"""The current Pulumi stack as the CLI knows it: its config, and the names by which its jobs are marked."""

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
_SECONDS: Final = 60


@dataclass(frozen=True)
class StackNames:
    """Which stack."""

    organization: str
    project: str
    stack: str

    @property
    def urn_prefix(self) -> str:
        """What every URN of the stack begins with."""
        return f"urn:pulumi:{self.stack}::{self.project}"

    def pair(self, config: Mapping[str, str]) -> str:
        """The value of the pair that the stack's jobs carry. `config`: its `ftjobs:*`."""
        if config.get("stackId"):
            return stack_pair_from_id(config["stackId"])
        # Imports Pulumi's YAML reader only where a stack is asked for.
        from pulumi_ftjobs.operations.backend_url import backend_url  # noqa: PLC0415

        backend = backend_url() if self.organization == _SELF_MANAGED else None
        return stack_pair(self.organization, self.project, self.stack, backend)


def current_stack() -> StackNames:
    """The stack that is selected in this folder. Raises SettingsError if there is none."""
    return parse_names(pulumi_says("stack", "--show-name", "--fully-qualify-stack-names").strip())


def parse_names(text: str) -> StackNames:
    """`organization/project/stack` as names. Raises SettingsError."""
    parts = text.split("/")
    if len(parts) != 3 or not all(parts):
        raise SettingsError(
            f"a stack is named organization/project/stack, not {one_line(text, 60)!r}; on a backend of your own the "
            "organization is `organization`"
        )
    return StackNames(*parts)


def stack_config() -> dict[str, str]:
    """The config of the current stack, secrets decrypted: `namespace:key` to value. Raises SettingsError."""
    try:
        values: dict[str, Any] = json.loads(pulumi_says("config", "--show-secrets", "--json"))
    except ValueError:
        raise SettingsError("`pulumi config --json` printed something else than JSON") from None
    return {name: str(entry["value"]) for name, entry in values.items() if "value" in entry}


def stack_resources() -> list[dict[str, Any]]:
    """The resources in the current stack's state, secrets left encrypted. Raises SettingsError."""
    try:
        state: dict[str, Any] = json.loads(pulumi_says("stack", "export"))
    except ValueError:
        raise SettingsError("`pulumi stack export` printed something else than JSON") from None
    return list((state.get("deployment") or {}).get("resources") or ())


def pulumi_says(*words: str) -> str:
    """What `pulumi` prints for these words. Raises SettingsError with its own complaint."""
    command = ["pulumi", *words, "--non-interactive", "--color", "never"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            command, check=False, capture_output=True, text=True, timeout=_SECONDS
        )
    except FileNotFoundError:
        raise SettingsError(
            "there is no `pulumi` on PATH: install Pulumi's CLI, or use the environment"
        ) from None
    except subprocess.TimeoutExpired:
        raise SettingsError(f"`pulumi {words[0]}` did not answer within {_SECONDS} s") from None
    if done.returncode:
        told = one_line(done.stderr.strip().removeprefix("error: "), 300)
        raise SettingsError(f"`pulumi {' '.join(words)}` failed: {told}; {_advice(told)}")
    return done.stdout


def _advice(told: str) -> str:
    if "passphrase" in told:
        return "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"
    return "run it in the folder of the project, with the stack selected"
