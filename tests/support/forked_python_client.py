"""`python` for the CLI's language host: a fork of the process at ADDRESS, whose streams and signals are this one's.

    python -I -S forked_python_client.py ADDRESS WORDS...

Only what the interpreter has built in is imported: this starts twice in every command.
"""

import _signal
import _socket
import marshal
import os
import sys

_WORD = 4


def main(address, words):  # type: ignore[no-untyped-def]
    """Never returns."""
    fork = _socket.socket(_socket.AF_UNIX)
    fork.connect(address)
    order = marshal.dumps([words, dict(os.environ), os.getcwd(), ""])  # noqa: PTH109 - pathlib takes longer to import than this takes
    streams = b"".join(stream.to_bytes(_WORD, sys.byteorder) for stream in range(3))
    fork.sendmsg([len(order).to_bytes(_WORD, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    fork.sendall(order)
    if not int.from_bytes(fork.recv(_WORD, _socket.MSG_WAITALL), "big"):
        os.execv(sys.executable, [sys.executable, *words])
    for signum in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        _signal.signal(signum, lambda number, _frame: fork.send(bytes([number])))
    code = int.from_bytes(fork.recv(_WORD, _socket.MSG_WAITALL) or b"\1", "big", signed=True)
    if code < 0:
        if -code != _signal.SIGKILL:
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


main(sys.argv[1], sys.argv[2:])
