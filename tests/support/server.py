"""The embedded API as a child process, and an operator's hands on it."""

from __future__ import annotations

import http.client
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

START_BOUND = 30.0
"""Seconds a server may take to say that it listens."""
STOP_BOUND = 10.0
_READY = "listening on "


class Server:
    """A running `ftjobs serve`: its URL, and its operator's routes."""

    def __init__(self, url: str, pid: int, log: Path) -> None:
        self.url = url
        """The base URL a client uses, with /v1."""
        self.pid = pid
        self.log = log
        """What the process said on both its streams."""
        self.root = url.removesuffix("/v1")
        self._address = urlsplit(url).netloc
        self._first_settings = self.settings()
        self._first_clock = self.clock()

    # -- looking ---------------------------------------------------------------------------------

    def journal(self) -> list[dict[str, Any]]:
        """Every request since the journal was last cleared, oldest first."""
        return list(self.ask("GET", "/_ftjobs/journal")["requests"])

    def connections(self) -> int:
        """TCP connections since the journal was last cleared."""
        return int(self.ask("GET", "/_ftjobs/journal")["connections"])

    def posts(self, path: str = "/fine_tuning/jobs") -> list[dict[str, Any]]:
        """The POSTs whose path ends with `path`: by default the creates, the calls that cost money."""
        return [r for r in self.journal() if r["method"] == "POST" and r["path"].endswith(path)]

    def calls(self) -> list[str]:
        """The journal as `METHOD /path` lines, without the version prefix."""
        return [f"{r['method']} {r['path'].removeprefix('/v1')}" for r in self.journal()]

    def jobs(self, project: str | None = None) -> list[dict[str, Any]]:
        """Every job (of one project), newest first, as the operator sees it."""
        found = self.ask("GET", "/_ftjobs/jobs")["data"]
        return [job for job in found if project is None or job["project"].endswith(project)]

    def job(self, job_id: str) -> dict[str, Any]:
        """One job as the operator sees it."""
        return self.ask("GET", f"/_ftjobs/jobs/{job_id}")

    # -- interfering -----------------------------------------------------------------------------

    def fault(self, kind: str, method: str = "POST", path: str = "/fine_tuning/jobs", **rule: Any) -> None:
        """Let requests go wrong; see the server's faults for kinds and members."""
        self.ask("POST", "/_ftjobs/faults", {"kind": kind, "method": method, "path": path, **rule})

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each struck."""
        return list(self.ask("GET", "/_ftjobs/faults")["faults"])

    def release(self) -> None:
        """Let held requests go on."""
        self.ask("POST", "/_ftjobs/faults/release", {})

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.ask("DELETE", "/_ftjobs/faults")

    def clock(self, **wish: Any) -> dict[str, Any]:
        """Change the clock (`mode`, `speed`, `advance`, `per_poll`), or look at it."""
        return self.ask("POST", "/_ftjobs/clock", wish) if wish else self.ask("GET", "/_ftjobs/clock")

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change switches, or look at them."""
        if changes:
            return self.ask("POST", "/_ftjobs/settings", changes)
        return self.ask("GET", "/_ftjobs/settings")

    def act(self, job_id: str, action: str, **details: Any) -> dict[str, Any]:
        """Do something to a job: succeed, fail, cancel, pause, resume, freeze, thaw, vanish."""
        return self.ask("POST", f"/_ftjobs/jobs/{job_id}", {"action": action, **details})

    def clear_journal(self) -> None:
        """Forget what was asked so far."""
        self.ask("DELETE", "/_ftjobs/journal")

    def restore(self) -> None:
        """Faults, switches and pace as they were at the start; jobs and files stay."""
        self.clear_faults()
        keep = {name: value for name, value in self._first_settings.items() if name != "keys"}
        self.settings(**keep)
        self.clock(**{name: self._first_clock[name] for name in ("mode", "speed", "per_poll")})
        self.clear_journal()

    # -- talking ---------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """One request to the server; the JSON of its answer. Raises AssertionError for a status over 299."""
        connection = http.client.HTTPConnection(self._address, timeout=30)
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body), {"connection": "close", **headers}
            )
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, f"{method} {path}: {answer.status} {text[:500]!r}"
        return json.loads(text) if text else {}


@contextmanager
def running_server(
    *options: str, speed: float = 1.0, store: Path | None = None, port: int = 0, **settings: object
) -> Iterator[Server]:
    """A server in a child process, stopped in every case.

    `options`: further command line words; `settings`: switches, as `--set NAME=VALUE`.
    """
    words = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--port", str(port)]
    words += ["--speed", str(speed), *options]
    words += ["--store", str(store)] if store else []
    for name, value in settings.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    with tempfile.TemporaryDirectory(prefix="ftjobs-server-") as folder:
        log = Path(folder) / "log"
        with (
            log.open("ab") as errors,
            subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True
            ) as child,
        ):
            lines: queue.Queue[str] = queue.Queue()
            assert child.stdout is not None
            reader = threading.Thread(target=_pass_on, args=(child.stdout, lines, log), daemon=True)
            reader.start()
            try:
                yield Server(_address(lines, log), child.pid, log)
            finally:
                _stop(child)
                reader.join(STOP_BOUND)


def _address(lines: queue.Queue[str], log: Path) -> str:
    try:
        line = lines.get(timeout=START_BOUND)
    except queue.Empty:
        line = "nothing"
    assert line.startswith(_READY), f"the server said {line!r}\n{log.read_text()}"
    return line.removeprefix(_READY).strip()


def _pass_on(stream: IO[str], lines: queue.Queue[str], log: Path) -> None:
    """Hand on the first line and keep reading, so that the server never waits for its reader."""
    lines.put(stream.readline())
    for line in stream:
        with log.open("a") as file:
            file.write(line)


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(STOP_BOUND)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(STOP_BOUND)
