"""A small Ray head: its Jobs API, its 500 for an id that was ever used, its list that a restart empties. Runs the jobs.

    python fake_ray.py PORT TOKEN [SLOTS]

Prints its URL. Every request is noted in the list that `GET /requests` returns. `GET /expire` ends what waits for a
slot, as Ray does after a quarter of an hour; after `GET /busy` the next submission is accepted and answered with 503.
What it starts ends with it when it is ended by SIGTERM; SIGKILL leaves the processes, as a node does that has lost
its head.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = sys.argv[2]
SLOTS = int(sys.argv[3]) if len(sys.argv) > 3 else 100
jobs: dict[str, dict[str, Any]] = {}
processes: dict[str, subprocess.Popen[bytes]] = {}
requests: list[dict[str, Any]] = []
used: set[str] = set()
busy: list[bool] = []
guard = threading.Lock()


def look() -> None:
    """Update what ended, and start what waits."""
    for job, process in list(processes.items()):
        code = process.poll()
        if code is not None:
            stopped = jobs[job].pop("stopping", False)
            status = "STOPPED" if stopped else "SUCCEEDED" if code == 0 else "FAILED"
            jobs[job] |= {"status": status, "driver_exit_code": None if stopped else code}
            del processes[job]
    for job, details in jobs.items():
        if details["status"] == "PENDING" and len(processes) < SLOTS:
            if details.pop("stopping", False):  # a stop reaches a job when it is scheduled, not before
                details["status"] = "STOPPED"
                continue
            environment = os.environ | details["runtime_env"]["env_vars"]
            processes[job] = subprocess.Popen(
                details["entrypoint"], shell=True, start_new_session=True, env=environment
            )
            details["status"] = "RUNNING"


def expire() -> None:
    """End what waits for a slot."""
    for details in jobs.values():
        if details["status"] == "PENDING":
            error = {"error_type": "JOB_SUPERVISOR_ACTOR_START_TIMEOUT", "message": "failed to start"}
            details |= {"status": "FAILED", **error}


class Head(BaseHTTPRequestHandler):
    """One request."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        with guard:
            if self.path == "/requests":
                self._answer(200, requests)
            elif self.path == "/expire":
                self._answer(200, expire())
            elif self.path == "/busy":
                self._answer(200, busy.append(True))
            elif self.headers.get("authorization") != f"Bearer {TOKEN}":
                self._answer(401, "Unauthorized")
            else:
                look()
                path = self.path.removeprefix("/api/jobs/")
                document = json.loads(body) if body else None
                requests.append({"method": self.command, "path": path, "body": document})
                self._answer(*self._result(path, document))

    do_GET = do_POST = _serve  # noqa: N815

    def _result(self, path: str, body: Any) -> tuple[int, Any]:
        job, _, action = path.partition("/")
        if self.command == "POST" and not path:
            return self._submit(body)
        if job not in jobs:
            return (404, f"Job {job} does not exist") if path else (200, list(jobs.values()))
        if action == "stop":
            return self._stop(job)
        return 200, jobs[job]

    def _stop(self, job: str) -> tuple[int, Any]:
        if job in processes:
            os.killpg(processes[job].pid, signal.SIGTERM)
        jobs[job]["stopping"] = True
        return 200, {"stopped": True}

    def _submit(self, body: Any) -> tuple[int, Any]:
        job = body["submission_id"]
        if "unknown" in body["entrypoint_resources"]:
            return 400, "no node has this resource"
        if job in used:
            return 500, f"ValueError: Job with submission_id {job} already exists."
        used.add(job)
        jobs[job] = {**body, "type": "SUBMISSION", "status": "PENDING", "driver_exit_code": None}
        look()
        return (503, "busy") if busy and busy.pop() else (200, {"submission_id": job})

    def _answer(self, status: int, document: Any) -> None:
        content = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def end(*_: Any) -> None:
    """End everything that was started."""
    for process in processes.values():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Head)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
