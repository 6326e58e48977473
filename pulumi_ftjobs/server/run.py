"""Running the server: a world, a socket, a loop, a line that says it is ready, and a clean stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .app import make_app
from .database import StoreError
from .errors import ApiError
from .gate import refuse
from .scenario import Scenario
from .seed import plant
from .seed_shape import read
from .settings import Settings
from .wire import Connections, protocol_for
from .world import World, make_world

Ready = Callable[["Running"], None]


@dataclass
class Options:
    """How to start. `port` 0 picks a free one; `store` None keeps everything in a folder that goes away at the end."""

    host: str = "127.0.0.1"
    port: int = 8080
    store: Path | None = None
    speed: float = 1.0
    seed: Path | None = None
    scenario: Path | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Running:
    """A server that answers: its base URL, and how to end it from any thread."""

    url: str
    stop: Callable[[], None]


class CannotStartError(Exception):
    """One sentence for whoever started the server."""


def start(options: Options, ready: Ready) -> None:
    """Serve until stopped: by SIGINT or SIGTERM in the main thread, by `Running.stop` anywhere.

    `ready` is called once requests are answered. Raises `CannotStartError`.
    """
    with _listen(options.host, options.port) as sock, tempfile.TemporaryDirectory(prefix="ftjobs-") as folder:
        world = _world(options, options.store or Path(folder) / "store.sqlite")
        try:
            asyncio.run(_run(world, sock, options.host, ready))
        finally:
            world.store.close()


def _world(options: Options, path: Path) -> World:
    """Everything as the options have it. What is wrong with a file is said before there is a store."""
    scenario = Scenario()
    try:
        if options.scenario:
            scenario.load(options.scenario)
        if options.seed:
            read(options.seed)
        world = make_world(path, options.settings)
    except OSError as error:
        raise CannotStartError(f"{error.filename}: {error.strerror}") from None
    except (ValueError, StoreError) as error:
        raise CannotStartError(str(error)) from None
    world.jobs.scenario = scenario
    try:
        if world.clock.speed != options.speed:
            world.clock.set(speed=options.speed)
        if options.seed:
            plant(world, options.seed)
    except (ApiError, ValueError) as error:
        world.store.close()
        raise CannotStartError(str(error)) from None
    return world


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
    except OSError as error:
        sock.close()
        raise CannotStartError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    return sock


async def _run(world: World, sock: socket.socket, host: str, ready: Ready) -> None:
    connections = Connections()
    config = uvicorn.Config(
        _ending_well(make_app(world, connections)),
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
    loop = asyncio.get_running_loop()
    server = _Server(config)

    def stop() -> None:
        world.faults.clear()
        server.should_exit = True

    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop)
    server.ready = lambda: ready(Running(base_url(host, sock), lambda: _from_any_thread(loop, stop)))
    await server.serve_socket(sock)


def _ending_well(app: ASGIApp) -> ASGIApp:
    """The application; a request that is cut off because the server ends is answered, not reported as a defect."""

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await app(scope, receive, noting)
        except asyncio.CancelledError:
            if not started:
                error = ApiError(
                    503, "The server is ending.", kind="server_error", headers={"connection": "close"}
                )
                await refuse(send, error, scope)

    return whole


def _from_any_thread(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(stop)


class _Server(uvicorn.Server):
    """A server that says when it is ready, and leaves the signals to us."""

    ready: Callable[[], None]

    async def serve_socket(self, sock: socket.socket) -> None:
        """Serve; uvicorn's own entry would raise the signal once more after a clean stop."""
        await self._serve(sockets=[sock])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self.ready()
