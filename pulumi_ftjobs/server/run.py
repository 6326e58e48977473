"""Running the server: a socket, a loop, a line that says it is ready, and a clean stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from .app import make_app
from .settings import Settings
from .wire import Connections, protocol_for
from .world import World, make_world


@dataclass
class Options:
    """How to start. `port` 0 picks a free one; `store` None keeps everything in a folder that goes away at the end."""

    host: str = "127.0.0.1"
    port: int = 8080
    store: Path | None = None
    speed: float = 1.0
    settings: Settings = field(default_factory=Settings)


def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Run until SIGINT or SIGTERM; `ready` gets the base URL once requests are answered.

    Raises `OSError` when the address cannot be had.
    """
    with _listen(options.host, options.port) as sock, tempfile.TemporaryDirectory(prefix="ftjobs-") as folder:
        world = make_world(options.store or Path(folder) / "store.sqlite", options.settings)
        try:
            if world.clock.speed != options.speed:
                world.clock.set(speed=options.speed)
            asyncio.run(_run(world, sock, lambda: ready(base_url(options.host, sock))))
        finally:
            world.store.close()


def base_url(host: str, sock: socket.socket) -> str:
    """The URL clients are configured with."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{sock.getsockname()[1]}/v1"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(1024)
    except OSError:
        sock.close()
        raise
    return sock


async def _run(world: World, sock: socket.socket, ready: Callable[[], None]) -> None:
    connections = Connections()
    config = uvicorn.Config(
        make_app(world, connections),
        http=protocol_for(connections),
        loop="asyncio",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, world, ready)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.stop)
    await server._serve(sockets=[sock])  # noqa: SLF001  -- serve() would raise the signal again after a clean stop


class _Server(uvicorn.Server):
    """A server that says when it is ready and lets held requests go when it stops."""

    def __init__(self, config: uvicorn.Config, world: World, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._world, self._ready = world, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()

    def stop(self) -> None:
        """Finish what is being answered, then end."""
        self._world.faults.clear()
        self.should_exit = True
