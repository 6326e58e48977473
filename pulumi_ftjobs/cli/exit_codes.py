"""The exit codes of `ftjobs`, and how an error is written to stderr."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any, Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError, SettingsError
from pulumi_ftjobs.lifecycle.values import one_line

_MAX_LENGTH: Final = 4000
"""Characters of an error message."""


class Exit(IntEnum):
    """Exit codes of `ftjobs`. They are documented in docs/cli.md and do not change."""

    DONE = 0
    NO = 1
    """A negative answer: the data has errors, a watched job did not succeed, a check of the doctor failed, a value
    is not pinned, a file cannot be read or written."""
    USAGE = 2
    """The command line is wrong."""
    SETTINGS = 3
    """A key, base URL, stack or an extra of the package is missing or unusable."""
    REFUSED = 4
    """The service refused the request, or does not know the id."""
    AWAY = 5
    """The service cannot be reached, is busy, or does not speak this API."""
    INTERRUPTED = 130
    """Ctrl-C."""
    PIPE_CLOSED = 141
    """The reader of the output has closed it (`| head`), as a shell reports it for other programs."""


def exit_code_of(error: FtjobsError) -> Exit:
    """The exit code for an error."""
    if isinstance(error, SettingsError):
        return Exit.SETTINGS
    # The error classes are in the room that imports the HTTP library: an ApiError has loaded it already.
    from pulumi_ftjobs.api.errors import ApiError, Refused  # noqa: PLC0415

    if isinstance(error, Refused):
        return Exit.REFUSED
    return Exit.AWAY if isinstance(error, ApiError) else Exit.NO


def message_of(error: FtjobsError) -> str:
    """The message of an error for a terminal: hints about `pulumi` commands are replaced by those for `ftjobs`."""
    if isinstance(error, SettingsError) or not hasattr(error, "hint"):
        return with_stack_config(str(error))
    from pulumi_ftjobs.api import errors  # noqa: PLC0415 - as above

    own_hints: dict[type[FtjobsError], str] = {
        errors.Unauthorized: "check the key: OPENAI_API_KEY, or with --stack-config the stack's ftjobs:apiKey",
        errors.NotSent: "check that the service is up, and the base URL: OPENAI_BASE_URL, or with --stack-config the "
        "stack's ftjobs:baseUrl",
        errors.AnswerLost: "run the command again in a moment",
        errors.Refused: "`ftjobs get ID` shows how a job is now",
    }
    hint = str(error.hint)
    text = str(error)
    return text.removesuffix(hint) + own_hints.get(type(error), hint) if text.endswith(hint) else text


def with_stack_config(advice: str) -> str:
    """`advice`, completed: a value in a stack's config is read with --stack-config only."""
    return (
        f"{advice}; ftjobs reads a stack's config with --stack-config"
        if "pulumi config set" in advice
        else advice
    )


def error_line(message: str) -> str:
    """An error as one line of stderr."""
    return f"ftjobs: {one_line(message, _MAX_LENGTH)}"


def error_json(message: str, exit_code: int, error: Exception | None = None) -> str:
    """An error as one JSON object: what --json writes to stderr in place of the line."""
    details: dict[str, Any] = {"message": one_line(message, _MAX_LENGTH), "exit_code": int(exit_code)}
    for name in ("status", "code", "param", "request_id"):
        value = getattr(error, name, None)
        if value:
            details[name] = value
    return json.dumps({"error": details})
