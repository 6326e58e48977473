"""The server process: options, socket, event loop, readiness and a clean stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulumi_ftjobs.server.faults.connections import Connections, protocol_for
from pulumi_ftjobs.server.http.asgi_app import make_app, refuse
from pulumi_ftjobs.server.jobs.scenario import Scenario
from pulumi_ftjobs.server.loopback import is_loopback
from pulumi_ftjobs.server.seeds.seed_loader import load_seed
from pulumi_ftjobs.server.seeds.seed_schema import read
from pulumi_ftjobs.server.server_errors import ApiError
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.service_profiles import MountedProfiles
from pulumi_ftjobs.server.services import Services, make_services
from pulumi_ftjobs.server.storage.store_database import StoreError
from pulumi_ftjobs.server.training.base_models import BaseModels
from pulumi_ftjobs.server.training.simulated_trainer import SimulatedTrainer
from pulumi_ftjobs.server.training.trainer_interface import ScriptableTrainer, Trainer

_TEND_SECONDS = 0.25
_log = logging.getLogger("ftjobs.server")

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
    insecure: bool = False
    """True: any key is accepted also from other machines."""
    make_trainer: Callable[[Path], Trainer] | None = None
    """Makes the trainer from the path of the store; None: the simulated one."""
    base_models: BaseModels | None = None
    inference_url: str | None = None
    """Where prompts are passed on to; None: they are refused."""
    """What can be trained; None: the models of each service."""
    services: tuple[str, ...] = ()
    """Services to imitate, the first one without a path prefix; none: OpenAI."""


@dataclass(frozen=True)
class Running:
    """A server that answers: its base URL, and how to end it from any thread."""

    url: str
    stop: Callable[[], None]
    local: bool
    """Whether it listens on the loopback interface."""


class CannotStartError(Exception):
    """The server cannot start; the message is one sentence."""


def start(options: Options, ready: Ready) -> None:
    """Serve until stopped: by SIGINT or SIGTERM in the main thread, by `Running.stop` anywhere.

    `ready` is called once requests are answered. Raises `CannotStartError`.
    """
    if not (is_loopback(options.host) or options.settings.keys or options.insecure):
        raise CannotStartError(
            f"{options.host} is reachable from other machines: add --api-key KEY, or --insecure to accept any key"
        )
    with _listen(options.host, options.port) as sock, tempfile.TemporaryDirectory(prefix="ftjobs-") as folder:
        services = _services(options, options.store or Path(folder) / "store.sqlite")
        try:
            asyncio.run(_run(services, sock, options.host, ready))
        finally:
            services.store.close()


def _services(options: Options, path: Path) -> Services:
    """Build the services from the options. Errors in files are raised before a store is made."""
    scenario = Scenario()
    try:
        if options.scenario:
            scenario.load(options.scenario)
        if options.seed:
            read(options.seed)
        profiles = MountedProfiles.named(options.services, options.base_models)
        trainer = options.make_trainer(path) if options.make_trainer else SimulatedTrainer()
        _check_scriptable(options, trainer)
        services = make_services(path, options.settings, trainer, profiles)
    except OSError as error:
        raise CannotStartError(f"{error.filename}: {error.strerror}") from None
    except (ValueError, StoreError) as error:
        raise CannotStartError(str(error)) from None
    services.jobs.scenario, services.inference_url = scenario, options.inference_url
    try:
        if services.clock.speed != options.speed:
            services.clock.set(speed=options.speed)
        if options.seed:
            load_seed(services, options.seed)
    except (ApiError, ValueError) as error:
        services.store.close()
        raise CannotStartError(str(error)) from None
    return services


def _check_scriptable(options: Options, trainer: Trainer) -> None:
    """Refuse by name what only a simulation can do."""
    if isinstance(trainer, ScriptableTrainer):
        return
    wanted = {"a speed": options.speed != 1, "a scenario": options.scenario, "a seed": options.seed}
    for what, given in wanted.items():
        if given:
            raise CannotStartError(
                f"{what} needs the simulated trainer; the trainer {trainer.name} really trains"
            )


def base_url(host: str, sock: socket.socket) -> str:
    """Return the base URL for clients."""
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


async def _run(services: Services, sock: socket.socket, host: str, ready: Ready) -> None:
    connections = Connections()
    config = uvicorn.Config(
        _ending_well(make_app(services, connections, local=is_loopback(host))),
        http=protocol_for(connections, services.settings),
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
        services.faults.clear()
        server.should_exit = True

    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop)
    running = Running(base_url(host, sock), lambda: _from_any_thread(loop, stop), is_loopback(host))
    server.ready = lambda: ready(running)
    tending = None if services.trainer.simulated else asyncio.create_task(_tend_forever(services))
    try:
        await server.serve_socket(sock)
    finally:
        if tending:
            tending.cancel()


async def _tend_forever(services: Services) -> None:
    """Run the scheduler; a defect in one round is logged and must not end the training of every job."""
    while True:
        try:
            services.scheduler.run_once()
        except Exception:  # noqa: BLE001
            _log.exception("the scheduler failed")
        await asyncio.sleep(_TEND_SECONDS)


def _ending_well(app: ASGIApp) -> ASGIApp:
    """Wrap the application: a request that is cut off by the server's end gets a 503, not a traceback."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
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

    return answering


def _from_any_thread(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(stop)


class _Server(uvicorn.Server):
    """uvicorn's server, which reports readiness and leaves signals to `start`."""

    ready: Callable[[], None]

    async def serve_socket(self, sock: socket.socket) -> None:
        """Serve; uvicorn's own entry would raise the signal once more after a clean stop."""
        await self._serve(sockets=[sock])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self.ready()
