"""Python processes forked from one that has imported Pulumi: that import is half the CPU of a small command.

Everything else of such a process is its own: arguments, environment, folder, streams, signals, exit code. Another
version of a PYTHON... variable than this process was started with gets a new interpreter instead.
"""

from __future__ import annotations

import array
import atexit
import gc
import marshal
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NoReturn

CLIENT = Path(__file__).with_name("forked_python_client.py")
_WORD = 4
"""Bytes of every number on a connection."""


class ForkedPython:
    """The process that forks. It ends with `close`, or with the process that started it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ftjobs-python-")
        self.address = str(Path(self._folder.name) / "socket")
        # A separate session: a process that looks for a terminal finds none, as under a CLI without one.
        self._process = subprocess.Popen(
            [sys.executable, __file__, self.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": "0"},  # sets have one order in every run
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def start(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        streams: tuple[int, int, int],
        preamble: str = "",
    ) -> tuple[int, socket.socket]:
        """Start `python WORDS` in the current folder.

        Args:
            words: `[-u] FILE ...` or `[-u] -m MODULE ...`.
            environment: all its variables.
            streams: descriptors of standard input, output and error.
            preamble: Python to run before it, and before anything of this package is imported.

        Returns:
            Its process id, and the connection that it lives as long as.
        """
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(self.address)
        order = marshal.dumps([list(words), dict(environment), str(Path.cwd()), preamble])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))]
        caller.sendmsg([len(order).to_bytes(_WORD, "big")], rights)
        caller.sendall(order)
        pid = int.from_bytes(_read(caller, _WORD), "big")
        assert pid, "this environment needs a separate interpreter"
        return pid, caller

    def close(self) -> None:
        """End the process; what it started ends with its connections."""
        self._process.communicate()
        self._folder.cleanup()


@cache
def forked_python() -> ForkedPython:
    """The one of this process, started at first use."""
    made = ForkedPython()
    atexit.register(made.close)
    return made


def kill(pid: int) -> None:
    """kill -9 what was forked, and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        while True:
            os.kill(pid, 0)
            time.sleep(0.001)


def _read(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = connection.recv(size - len(found))
        if not part:
            raise EOFError
        found += part
    return found


def _serve(address: str) -> None:
    import grpc  # noqa: F401, PLC0415 - what every host and program imports first
    import pulumi.dynamic  # noqa: F401, PLC0415

    gc.freeze()  # no fork looks through what was imported here
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    ended, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    callers: dict[int, socket.socket] = {}
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([0, listener, ended], [], [])
        if 0 in ready:
            return
        if ended in ready:
            ended.recv(4096)
            _tell_the_ends(callers)
        if listener in ready:
            caller, _ = listener.accept()
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for other in (listener, ended, wake, *callers.values()):
                    other.close()
                _become(caller)
            callers[pid] = caller


def _tell_the_ends(callers: dict[int, socket.socket]) -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with callers.pop(pid) as caller, suppress(OSError):
                caller.sendall(os.waitstatus_to_exitcode(status).to_bytes(_WORD, "big", signed=True))


def _become(caller: socket.socket) -> NoReturn:
    """Turn a fork into the process that was asked for."""
    head, rights, _, _ = caller.recvmsg(_WORD, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    words, environment, folder, preamble = marshal.loads(_read(caller, int.from_bytes(head, "big")))
    if _of_python(environment) != _of_python(os.environ):
        caller.sendall(bytes(_WORD))
        os._exit(0)
    streams = array.array("i")
    for _, _, data in rights:
        streams.frombytes(data)
    for stream, standard in zip(streams, range(3), strict=True):
        os.dup2(stream, standard)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    threading.Thread(target=_live_as_long_as, args=(caller,), daemon=True).start()
    caller.sendall(os.getpid().to_bytes(_WORD, "big"))
    if words[0] == "-u":
        sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
        words = words[1:]
    _run(words, folder, preamble)


def _run(words: list[str], folder: str, preamble: str) -> NoReturn:
    module = words[0] == "-m"
    sys.path[0] = folder if module else str(Path(words[0]).parent)
    sys.argv = words[1:] if module else words
    exec(preamble, {"__name__": "__preamble__"})  # a test's own text
    if module:
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(words[0], run_name="__main__")
    sys.exit(0)


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    names = {name for name in environment if name.startswith("PYTHON")} - {"PYTHONHASHSEED"}
    return {name: environment[name] for name in names}


def _live_as_long_as(caller: socket.socket) -> None:
    """Take signals from the caller, and end when it has gone."""
    while sent := caller.recv(1):
        os.kill(os.getpid(), sent[0])
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
