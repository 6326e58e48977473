"""The embedded API for other people's tests: start it, script it, look at what was asked.

`embedded_api()` is a context manager for any test framework; under pytest the fixture `ftjobs_api` does the same.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

__all__ = ["EmbeddedApi", "embedded_api"]

_KEY = "sk-test-embedded-api"
_SECONDS_TO_START = 30.0


class EmbeddedApi:
    """A running embedded API, and the operator's hands on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        """Base URL for clients, for example `http://127.0.0.1:40123/v1`."""
        self.api_key = _KEY
        """A key the server accepts. It is no secret."""
        self._root = url.removesuffix("/v1")

    @property
    def env(self) -> dict[str, str]:
        """The environment in which the provider and the official SDK find this server."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": self.api_key}

    def url_of(self, service: str) -> str:
        """Return the base URL at which one of the started services answers."""
        path = "/openai/v1" if service == "azure" else "/v1"
        return f"{self._root}/as/{service}{path}"

    def scenario(self, *rules: dict[str, Any]) -> None:
        """Script the jobs to come, e.g. `scenario({"fail": {"code": "invalid_training_file"}})`; no rule ends it."""
        self._ask("POST", "/scenario", {"jobs": list(rules)})

    def fault(self, kind: str, **members: Any) -> None:
        """Answer requests wrongly, e.g. `fault("status", status=503, path="/fine_tuning/jobs", count=2)`."""
        self._ask("POST", "/faults", {"kind": kind, **members})

    def clear_faults(self) -> None:
        """Answer rightly again, and let go of what is held."""
        self._ask("DELETE", "/faults")

    def settings(self, **switches: Any) -> dict[str, Any]:
        """Turn switches of the server; without any: what they are."""
        return self._ask("POST" if switches else "GET", "/settings", switches or None)

    def clock(self, **wish: Any) -> dict[str, Any]:
        """Change the clock, e.g. `clock(mode="stepped")` or `clock(advance=600)`; without anything: what it says."""
        return self._ask("POST" if wish else "GET", "/clock", wish or None)

    def jobs(self) -> list[dict[str, Any]]:
        """Every job at the service, newest first, with the request that made it under `request`."""
        found: list[dict[str, Any]] = self._ask("GET", "/jobs")["data"]
        return found

    def act(self, job_id: str, action: str, **members: Any) -> dict[str, Any]:
        """Do something to a job: fail, succeed, cancel, pause, resume, freeze, thaw or vanish."""
        return self._ask("POST", f"/jobs/{job_id}", {"action": action, **members})

    def requests(self) -> list[dict[str, Any]]:
        """Every request since the start or since `forget`, oldest first, keys redacted."""
        found: list[dict[str, Any]] = self._ask("GET", "/journal")["requests"]
        return found

    def forget(self) -> None:
        """Empty the journal of requests."""
        self._ask("DELETE", "/journal")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self._root}/_ftjobs{path}", data, headers, method=method)  # noqa: S310
        try:
            with _DIRECT.open(request, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as refusal:
            message = json.load(refusal)["error"]["message"]
        raise ValueError(message)


# A proxy in the environment is not asked for the way to this machine.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def embedded_api(
    *,
    speed: float = 1000.0,
    store: Path | str | None = None,
    seed: Path | str | None = None,
    scenario: Path | str | None = None,
    settings: dict[str, Any] | None = None,
    services: Sequence[str] = (),
) -> Iterator[EmbeddedApi]:
    """Run the embedded API in a thread of this process, on a free port. Needs the extra `server`.

    Args:
        speed: How much faster than real time jobs run; 1000 ends a job within a second.
        store: SQLite file that keeps everything; None: nothing is kept.
        seed: JSON file with objects to begin with.
        scenario: JSON file with a script for jobs to come.
        settings: Switches of the server by name.
        services: Services to imitate: `openai` (the default), `azure`, `bedrock`, `nebius`, `crusoe`. The first one
            answers at `url`, each at `url_of(name)`.

    Raises:
        ValueError: A switch does not exist or has a wrong value.
        RuntimeError: The server cannot start; the message is one sentence.
    """
    from pulumi_ftjobs.server.server_process import Options, Running, start  # noqa: PLC0415  -- the web server, only when used
    from pulumi_ftjobs.server.server_settings import Settings  # noqa: PLC0415

    switches = Settings()
    switches.adopt(settings or {})
    paths = [None if path is None else Path(path) for path in (store, seed, scenario)]
    options = Options("127.0.0.1", 0, paths[0], speed, paths[1], paths[2], switches, services=tuple(services))
    told: Queue[Running | BaseException] = Queue()

    def serve() -> None:
        try:
            start(options, told.put)
        except BaseException as error:  # noqa: BLE001  -- handed to the thread that waits
            told.put(error)

    thread = threading.Thread(target=serve, name="ftjobs-embedded-api", daemon=True)
    thread.start()
    running = told.get(timeout=_SECONDS_TO_START)
    if not isinstance(running, Running):
        sentence = f"the embedded API did not start: {running}"
        raise RuntimeError(sentence) from running  # noqa: TRY004  -- what failed is the start
    try:
        yield EmbeddedApi(running.url)
    finally:
        running.stop()
        thread.join(timeout=10)
