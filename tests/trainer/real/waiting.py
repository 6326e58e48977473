"""What tests of several real processes need: free ports, and a wait with a limit."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any


def wait(found: Callable[[], Any], seconds: float = 240.0) -> Any:
    """Wait until something is found."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports
