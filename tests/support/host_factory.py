"""Provider hosts forked from one process that has imported Pulumi: most of a host's start is that import."""

from __future__ import annotations

import atexit
import json
import os
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

_HEAD = struct.Struct("!I")


class HostFactory:
    """The process that forks; it ends with this one."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-u", __file__]
        with theirs:
            # The order of sets is the same in every host.
            self._child = subprocess.Popen(command, stdin=theirs, env={**os.environ, "PYTHONHASHSEED": "0"})
        self._channel = ours
        self._lock = threading.Lock()
        atexit.register(self.close)

    def fork(
        self, engine: str, preamble: str, environment: Mapping[str, str], out: int, errors: IO[bytes]
    ) -> int:
        """Start a host.

        Args:
            engine: the address of the engine.
            preamble: Python to run before the host, and before anything of this package is imported.
            environment: all variables of the process.
            out: the file descriptor of its standard output.
            errors: where its standard error goes.

        Returns:
            Its process id.
        """
        order = json.dumps([engine, preamble, dict(environment), str(Path.cwd())]).encode()
        with self._lock:
            socket.send_fds(self._channel, [_HEAD.pack(len(order))], [out, errors.fileno()])
            self._channel.sendall(order)
            return int(_HEAD.unpack(_read(self._channel, _HEAD.size))[0])

    def close(self) -> None:
        """End the process; hosts are ended by whoever started them."""
        self._channel.close()
        self._child.wait()


@cache
def host_factory() -> HostFactory:
    """The one of this process, started at first use."""
    return HostFactory()


def kill(pid: int) -> None:
    """kill -9 a host, and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        while True:
            os.kill(pid, 0)
            time.sleep(0.001)


def _read(channel: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = channel.recv(size - len(found))
        if not part:
            raise EOFError
        found += part
    return found


def _serve() -> None:
    import grpc  # noqa: F401, PLC0415 - what a host imports first
    import pulumi.dynamic  # noqa: F401, PLC0415

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=0) as channel:
        while True:
            head, descriptors, _flags, _address = socket.recv_fds(channel, _HEAD.size, 2)
            if not head:
                return
            order = json.loads(_read(channel, *_HEAD.unpack(head)))
            pid = os.fork()
            if pid == 0:
                channel.detach()
                _become_a_host(*order, descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            channel.sendall(_HEAD.pack(pid))


def _become_a_host(
    engine: str, preamble: str, environment: dict[str, str], folder: str, descriptors: list[int]
) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for new, standard in zip([nothing, *descriptors], range(3), strict=True):
        os.dup2(new, standard)
        os.close(new)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = ["pulumi.dynamic", engine]
    exec(preamble, {"__name__": "__preamble__"})  # a test's own text
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    _serve()
