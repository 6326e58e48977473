"""The embedded API in tests: start it, script it, look at the requests it received.

`embedded_api()` is a context manager for any test framework; under pytest the fixture `ftjobs_api` does the same.
`EmbeddedApi(url)` operates any running `ftjobs serve` on this machine. This project's own tests use nothing else.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any, Literal
from urllib.parse import urlsplit

__all__ = ["Action", "EmbeddedApi", "FaultKind", "Service", "embedded_api"]

Service = Literal["openai", "azure", "bedrock", "nebius", "crusoe"]
"""A service that the server can imitate."""
Action = Literal["fail", "succeed", "cancel", "pause", "resume", "freeze", "thaw", "vanish"]
"""What an operator can do to one job."""
FaultKind = Literal[
    "status", "reset_before", "reset_after", "timeout_before", "timeout_after", "delay", "truncate", "html",
    "unreadable", "hold_before", "hold_after", "drop_fields",
]  # fmt: skip
"""A way to answer a request wrongly; docs/embedded-api.md describes each."""

_KEY = "sk-test-embedded-api"
_SECONDS_TO_START = 30.0
_SECONDS_TO_ANSWER = 30.0


class EmbeddedApi:
    """A running embedded API as its operator sees it.

    Every method raises `ValueError` with the server's own sentence when it refuses a request.
    """

    def __init__(self, url: str, api_key: str = _KEY) -> None:
        """Operate the server at this base URL, which must be on this machine."""
        self.url = url
        """Base URL for clients, for example `http://127.0.0.1:40123/v1`."""
        self.api_key = api_key
        """A key that the server accepts. It is no secret."""
        self.root = url.removesuffix("/v1")
        """URL of the status page."""
        self._first: dict[str, dict[str, Any]] = {"settings": self.settings(), "clock": self.clock()}

    @property
    def env(self) -> dict[str, str]:
        """The environment in which the provider and the official SDK find this server."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": self.api_key}

    def url_of(self, service: Service) -> str:
        """Return the base URL at which one of the started services answers."""
        path = "/openai/v1" if service == "azure" else "/v1"
        return f"{self.root}/as/{service}{path}"

    def scenario(self, *rules: dict[str, Any]) -> None:
        """Script new jobs, e.g. `scenario({"fail": {"code": "invalid_training_file"}})`; no rule: as usual."""
        self._operate("POST", "/scenario", {"jobs": list(rules)})

    def fault(self, kind: FaultKind, **members: Any) -> None:
        """Answer requests wrongly, e.g. `fault("status", status=503, path="/fine_tuning/jobs", count=2)`."""
        self._operate("POST", "/faults", {"kind": kind, **members})

    def faults(self) -> list[dict[str, Any]]:
        """Return the active fault rules with how often each applied (`struck`)."""
        return list(self._operate("GET", "/faults")["faults"])

    def release(self) -> None:
        """Let requests continue that a `hold_before` or `hold_after` fault holds."""
        self._operate("POST", "/faults/release", {})

    def clear_faults(self) -> None:
        """Remove all fault rules and release held requests."""
        self._operate("DELETE", "/faults")

    def settings(self, **switches: Any) -> dict[str, Any]:
        """Change switches of the server, and return all of them."""
        return self._operate("POST" if switches else "GET", "/settings", switches or None)

    def clock(self, **changes: Any) -> dict[str, Any]:
        """Change the clock, e.g. `clock(mode="stepped")` or `clock(advance=600)`, and return its state."""
        return self._operate("POST" if changes else "GET", "/clock", changes or None)

    def jobs(self, project: str | None = None) -> list[dict[str, Any]]:
        """Return every job (of one project), newest first, with its create request under `request`."""
        found = self._operate("GET", "/jobs")["data"]
        return [job for job in found if project is None or job["project"].endswith(project)]

    def job(self, job_id: str) -> dict[str, Any]:
        """Return one job as the operator sees it."""
        return self._operate("GET", f"/jobs/{job_id}")

    def act(self, job_id: str, action: Action, **members: Any) -> dict[str, Any]:
        """Apply an action to a job; `fail` takes `code`, `message`, `param` and `at_step`."""
        return self._operate("POST", f"/jobs/{job_id}", {"action": action, **members})

    def requests(self) -> list[dict[str, Any]]:
        """Return every request since the start or since `forget`, oldest first, keys redacted."""
        return list(self._operate("GET", "/journal")["requests"])

    def posts(self, path: str = "/fine_tuning/jobs") -> list[dict[str, Any]]:
        """Return the POST requests whose path ends with `path`: by default the creates, which cost money."""
        return [r for r in self.requests() if r["method"] == "POST" and r["path"].endswith(path)]

    def connections(self) -> int:
        """Return the number of TCP connections since the start or since `forget`."""
        return int(self._operate("GET", "/journal")["connections"])

    def forget(self) -> None:
        """Empty the log of requests."""
        self._operate("DELETE", "/journal")

    def reset(self) -> None:
        """Restore faults, switches and clock speed as they were at first, and `forget`; jobs and files stay."""
        self.clear_faults()
        settings, clock = self._first["settings"], self._first["clock"]
        self.settings(**{name: value for name, value in settings.items() if name != "keys"})
        pace = {name: clock[name] for name in ("mode", "speed", "per_poll")}
        if not pace.items() <= self.clock().items():
            self.clock(**pace)
        self.forget()

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """Send one request as a client would, with this server's key unless `headers` has another.

        Args:
            method: The HTTP method.
            path: The path with its prefix, e.g. `/v1/files`.
            body: A value to send as JSON.
            headers: Further headers.
        """
        sent = {"authorization": f"Bearer {self.api_key}", "connection": "close", **headers}
        data = None
        if body is not None:
            data, sent["content-type"] = json.dumps(body), "application/json"
        # http.client uses no proxy: the server is on this machine.
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_SECONDS_TO_ANSWER)
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            found: dict[str, Any] = json.loads(answer.read() or b"{}")
        finally:
            connection.close()
        if answer.status >= 300:
            sentence = f"{method} {path}: {answer.status} {found['error']['message']}"
            raise ValueError(sentence if not path.startswith("/_ftjobs") else found["error"]["message"])
        return found

    def _operate(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.ask(method, f"/_ftjobs{path}", body)


@contextmanager
def embedded_api(
    *,
    speed: float = 1000.0,
    store: Path | str | None = None,
    seed: Path | str | None = None,
    scenario: Path | str | None = None,
    settings: dict[str, Any] | None = None,
    services: Sequence[Service] = (),
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
    outcome: Queue[Running | BaseException] = Queue()

    def serve() -> None:
        try:
            start(options, outcome.put)
        except BaseException as error:  # noqa: BLE001  -- handed to the thread that waits
            outcome.put(error)

    thread = threading.Thread(target=serve, name="ftjobs-embedded-api", daemon=True)
    thread.start()
    running = outcome.get(timeout=_SECONDS_TO_START)
    if not isinstance(running, Running):
        sentence = f"the embedded API did not start: {running}"
        raise RuntimeError(sentence) from running  # noqa: TRY004  -- what failed is the start
    try:
        yield EmbeddedApi(running.url)
    finally:
        running.stop()
        thread.join(timeout=10)
