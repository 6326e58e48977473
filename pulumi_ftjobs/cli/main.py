"""The `ftjobs` command from its first import to its exit code: a foreseeable failure is one line or JSON object."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from itertools import pairwise
from typing import Final, NoReturn

from pulumi_ftjobs.cli.exit_codes import Exit, error_json, error_line, exit_code_of, message_of
from pulumi_ftjobs.lifecycle.base_error import FtjobsError

_LIBRARIES_OF_EXTRAS: Final = frozenset({"typer", "rich", "starlette", "uvicorn"})
"""pip installs the `ftjobs` script without them too."""


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line and exit with an `Exit` code.

    Args:
        words: The arguments; default: those of the process.
    """
    words = sys.argv[1:] if words is None else list(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a character that the encoding lacks must not end the command
            stream.reconfigure(errors="backslashreplace")
    as_json = "--json" in words or bool({("-o", "json"), ("--output", "json")} & set(pairwise(words)))
    try:
        _run(words, as_json=as_json)
    except FtjobsError as error:
        _fail(message_of(error), exit_code_of(error), error, as_json=as_json)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}", Exit.NO, as_json=as_json)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES_OF_EXTRAS:
            raise
        extras = "server,cli" if "serve" in words else "cli"
        _fail(f"this needs: pip install 'pulumi-ftjobs[{extras}]'", Exit.SETTINGS, as_json=as_json)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


def _run(words: Sequence[str], *, as_json: bool) -> None:
    # Imported here so that Ctrl-C meanwhile, and a library that is not installed, are no traceback.
    import typer  # noqa: PLC0415

    from pulumi_ftjobs.cli.command_table import app  # noqa: PLC0415
    from pulumi_ftjobs.cli.shell_completion import names  # noqa: PLC0415

    offered = names(os.environ)
    if offered is not None:
        print(offered)  # noqa: T201 - the shell reads it
        return

    command = typer.main.get_command(app)
    if not as_json:
        command(words, prog_name="ftjobs")
    try:
        sys.exit(command(words, prog_name="ftjobs", standalone_mode=False) or 0)
    except typer.Abort:
        _fail("not confirmed", Exit.NO, as_json=True)
    except Exception as error:
        if not hasattr(error, "format_message"):  # which the errors of a command line have
            raise
        _fail(str(error.format_message()), Exit.USAGE, as_json=True)


def _fail(message: str, code: Exit, error: Exception | None = None, *, as_json: bool) -> NoReturn:
    print(error_json(message, code, error) if as_json else error_line(message), file=sys.stderr)  # noqa: T201
    sys.exit(code)


if __name__ == "__main__":
    main()
