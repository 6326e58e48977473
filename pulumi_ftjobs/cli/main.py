"""The `ftjobs` command from its first import to its exit code: whatever is foreseeable ends it with one line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Final, NoReturn

from pulumi_ftjobs.cli.exit_codes import Exit, exit_of, last_line, line_of
from pulumi_ftjobs.lifecycle.base_error import FtjobsError

_OF_EXTRAS: Final = frozenset({"typer", "rich", "starlette", "uvicorn"})
"""Libraries that the package's extras bring. pip installs the `ftjobs` script without them too."""


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line. A foreseeable failure is one line and an exit code (`Exit`)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, TextIOWrapper
        ):  # a character that the reader's encoding lacks is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    try:
        # Imported here so that Ctrl-C meanwhile, and a library that is not installed, are no traceback.
        from pulumi_ftjobs.cli.app import app  # noqa: PLC0415

        app(words, prog_name="ftjobs")
    except FtjobsError as error:
        _give_up(line_of(error), exit_of(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _give_up(f"{where}{error.strerror or error}", Exit.NO)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _OF_EXTRAS:
            raise
        extras = "server,cli" if "serve" in (words or sys.argv[1:]) else "cli"
        _give_up(f"this needs: pip install 'pulumi-ftjobs[{extras}]'", Exit.SETTINGS)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


def _give_up(why: str, code: Exit) -> NoReturn:
    print(last_line(why), file=sys.stderr)  # noqa: T201 - this is a terminal command
    sys.exit(code)


if __name__ == "__main__":
    main()
