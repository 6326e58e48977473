"""`pulumi-resource-ftjobs`: serves the plugin on a free port of this machine and prints the port."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_ftjobs.native.servicer import Plugin

THREADS: Final = 512
"""Calls at a time: a wait for a job occupies one, and Cancel must always find one."""
MESSAGE_LIMIT: Final = 400 * 1024 * 1024
"""Bytes of one message: what the engine itself allows."""
_ENGINE_CHECK: Final = 2.0
"""Seconds between looks at whether the engine still lives."""


def main() -> None:
    """Serve until the engine ends this process, or is gone itself."""
    engine = os.getppid()
    server = grpc.server(
        ThreadPoolExecutor(THREADS),
        options=[
            ("grpc.max_receive_message_length", MESSAGE_LIMIT),
            ("grpc.max_send_message_length", MESSAGE_LIMIT),
        ],
    )
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        Plugin(addresses[-1] if addresses else None), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the engine reads it
    threading.Thread(target=_end_with, args=(engine,), name="ftjobs-engine-check", daemon=True).start()
    server.wait_for_termination()


def _end_with(engine: int) -> None:
    """End this process when the engine was killed: nothing would record what it does from then on."""
    while os.getppid() == engine:
        time.sleep(_ENGINE_CHECK)
    os._exit(1)


if __name__ == "__main__":
    main()
