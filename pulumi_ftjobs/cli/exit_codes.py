"""How a command ends: the exit codes, and the one line that goes with them."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from pulumi_ftjobs.lifecycle.base_error import FtjobsError, SettingsError
from pulumi_ftjobs.lifecycle.values import one_line

_LONGEST: Final = 4000
"""Characters of a complaint."""


class Exit(IntEnum):
    """Exit codes of `ftjobs`. They are documented in docs/cli.md and do not change."""

    DONE = 0
    NO = 1
    """The answer is no: the data has errors, a watched job did not succeed, the doctor found something bad, a
    value is not pinned, a file cannot be read or written."""
    USAGE = 2
    """The command line is wrong."""
    SETTINGS = 3
    """A key, base URL, stack or an extra of the package is missing or unusable."""
    REFUSED = 4
    """The service said no; also: it does not know the id."""
    AWAY = 5
    """The service cannot be reached, is busy, or speaks another language."""
    INTERRUPTED = 130
    """Ctrl-C."""
    UNREAD = 141
    """Whoever read the output has gone (`| head`); as a shell tells it of other programs."""


def exit_of(error: FtjobsError) -> Exit:
    """The exit code for an error."""
    if isinstance(error, SettingsError):
        return Exit.SETTINGS
    # The error classes live beside the HTTP library's user; whoever has one of them has loaded them already.
    from pulumi_ftjobs.api.errors import ApiError, Refused  # noqa: PLC0415

    if isinstance(error, Refused):
        return Exit.REFUSED
    return Exit.AWAY if isinstance(error, ApiError) else Exit.NO


def line_of(error: FtjobsError) -> str:
    """What an error says to somebody at a terminal: advice for a `pulumi` command makes way for one for `ftjobs`."""
    if isinstance(error, SettingsError) or not hasattr(error, "hint"):
        return with_stack_config(str(error))
    from pulumi_ftjobs.api import errors  # noqa: PLC0415 - as above

    ours: dict[type[FtjobsError], str] = {
        errors.Unauthorized: "check the key: OPENAI_API_KEY, or with --stack-config the stack's ftjobs:apiKey",
        errors.AnswerLost: "run the command again in a moment",
        errors.Refused: "`ftjobs get ID` shows how a job is now",
    }
    hint = str(error.hint)
    text = str(error)
    return text.removesuffix(hint) + ours.get(type(error), hint) if text.endswith(hint) else text


def with_stack_config(advice: str) -> str:
    """Advice to set something in a stack's config helps here only with the option that reads it."""
    return (
        f"{advice}; ftjobs reads a stack's config with --stack-config"
        if "pulumi config set" in advice
        else advice
    )


def last_line(why: str) -> str:
    """Why a command, or a part of it, was not done: as it stands on stderr."""
    return f"ftjobs: {one_line(why, _LONGEST)}"
