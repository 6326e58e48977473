"""Tells a person what happens and how long it already takes. Everything here goes to standard error."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pulumi_cli.errors import NotPossible

BEAT_SECONDS = 15.0


def say(line: str) -> None:
    """Print one line of progress."""
    print(line, file=sys.stderr, flush=True)


class Beat:
    """Says what is being done, and again with the seconds so far, each time enough of them have passed."""

    _last_said = ""

    def __init__(self, what: str) -> None:
        self.what = what
        self._started = self._spoken = time.monotonic()
        if what != Beat._last_said:  # several commands may make up one step
            say(f"  {what} ...")
        Beat._last_said = what

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._started

    def tick(self, detail: str = "") -> None:
        """Speak if the last word is long ago."""
        if time.monotonic() - self._spoken >= BEAT_SECONDS:
            self._spoken = time.monotonic()
            say(f"  {self.what} ... {self.seconds:.0f} s{detail}")


def run(what: str, command: Sequence[str], cwd: Path, env: Mapping[str, str], minutes: float) -> str:
    """Run a long command with a sign of life now and then, and return what it printed to standard output.

    Raises:
        NotPossible: it does not start, fails, or takes longer than `minutes`; the text has its last words.
    """
    beat = Beat(what)
    out_file, err_file = cwd / "stdout.txt", cwd / "stderr.txt"
    with out_file.open("wb") as out, err_file.open("wb") as err:
        try:
            process = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        except OSError as error:
            raise NotPossible(f"{command[0]} does not start: {error.strerror}") from None
        try:
            while not _ended(process):
                beat.tick()
                if beat.seconds > minutes * 60:
                    raise NotPossible(f"{what}: not done after {minutes:.0f} minutes")
        finally:
            process.kill()
            process.wait()
    output = out_file.read_text(errors="replace")
    if process.returncode:
        words = _last_words(err_file.read_text(errors="replace") or output)
        raise NotPossible(f"{what}: {Path(command[0]).name} exits {process.returncode}: {words}")
    return output


def _ended(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(timeout=BEAT_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-2:])[-400:] or "nothing"
