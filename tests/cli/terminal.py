"""A command in a real pseudo-terminal, and what its screen shows."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyte

PROMPT: float = 60.0
"""Seconds anything on the screen may take."""
_CONTROLLING = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal the one from which Ctrl-C comes, then becomes the command."""


class Terminal:
    """`ftjobs` with these words on a screen of this size."""

    def __init__(self, master: int, child: subprocess.Popen[bytes], columns: int, rows: int) -> None:
        self._master, self._child = master, child
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        """Every byte that was written to it."""

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without blanks at the ends."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """What is on the screen, lines that the terminal has broken joined again."""
        return "".join(self._screen.display)

    def colour(self, word: str) -> str:
        """The colour in which a word stands."""
        line = next(number for number, text in enumerate(self._screen.display) if word in text)
        return str(self._screen.buffer[line][self._screen.display[line].index(word)].fg)

    @property
    def cursor_hidden(self) -> bool:
        """Whether the cursor was left hidden."""
        return bool(self._screen.cursor.hidden)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Read until something is on the screen."""
        deadline = time.monotonic() + PROMPT
        while not condition():
            assert self._read(), f"the command ended before {what}\n" + "\n".join(self.lines)
            assert time.monotonic() < deadline, f"{what} never came\n" + "\n".join(self.lines)

    def type(self, text: str) -> None:
        """Type text."""
        os.write(self._master, text.encode())

    def press_ctrl_c(self) -> None:
        """What the key does: the terminal sends SIGINT."""
        os.write(self._master, b"\x03")

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self._child.wait(PROMPT)

    def _read(self) -> bool:
        """Take in what is written next; False when nothing more comes."""
        if not select.select([self._master], [], [], PROMPT)[0]:
            return False
        try:
            new = os.read(self._master, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.raw += new
        self._stream.feed(new)
        return bool(new)


@contextmanager
def terminal(*words: str, columns: int = 80, rows: int = 40, **environment: str) -> Iterator[Terminal]:
    """Run a command in a separate terminal; it is ended in every case."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    mine = {
        name: value
        for name, value in os.environ.items()
        if name not in {"COLUMNS", "LINES", "NO_COLOR", "CI"}
    }
    command = [sys.executable, "-c", _CONTROLLING, sys.executable, "-m", "pulumi_ftjobs.cli.main", *words]
    with subprocess.Popen(
        command,
        env={**mine, "TERM": "xterm-256color", **environment},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    ) as child:
        os.close(slave)
        try:
            yield Terminal(master, child, columns, rows)
        finally:
            if child.poll() is None:
                child.kill()
            os.close(master)
