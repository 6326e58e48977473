"""Training processes as Ray jobs. Ray schedules; whether a job is done is only said by its folder.

Ray refuses a submission id that was ever used, and after a restart of the head its list is empty. So every attempt
has a separate id, `JOB`, then `JOB-2`, and its number is kept in the job's folder: a process reads it again
before it writes, and leaves if there is a newer attempt. The lock of the folder tells whether a process trains that
Ray has forgotten.
"""

from __future__ import annotations

import contextlib
import queue
import shlex
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pulumi_ftjobs.server.training.ray_jobs import ACTIVE, Json, RayError, RayJobs
from pulumi_ftjobs.server.training.runner_interface import NEVER_STARTED, PROCESS_ENVIRONMENT
from pulumi_ftjobs.trainer.job_folder import JobFolder

Attempts = dict[int, Json]
"""Ray's submissions of one job, by the number of the attempt."""
_FOLDER, _ATTEMPT = "ftjobs_job_folder", "ftjobs_attempt"
_POLL_SECONDS = 0.5
_STOP_SECONDS = 30
_REFUSED = 1
_START_TIMEOUT = "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"
_ENTRYPOINT = {"CPU": "entrypoint_num_cpus", "GPU": "entrypoint_num_gpus", "memory": "entrypoint_memory"}
"""Resources that Ray takes by a separate member of the request."""


class RayRunner:
    """Submits and stops Ray jobs in a thread, so that a slow head never holds up the server."""

    def __init__(
        self, python: Path, program: Sequence[str], jobs: RayJobs, resources: Mapping[str, float]
    ) -> None:
        """Args:
        python: the Python of the trainer's environment, at this path on every node.
        program: its arguments that start the training process.
        jobs: the cluster.
        resources: what each job needs, by Ray's names.
        """
        self._command = [str(python), *program]
        self._jobs, self._resources = jobs, resources
        self._seen: dict[str, Attempts] = {}
        self._answers = False  # whether `_seen` is true now
        self._starting: set[str] = set()
        self._numbering = threading.Lock()
        self._actions: queue.Queue[Callable[[], None]] = queue.Queue()
        self._complaint = ""
        self.exit_statuses: dict[str, int] = {}
        threading.Thread(target=self._work, name="ray-jobs", daemon=True).start()

    def start(self, folder: JobFolder, elapsed: float) -> bool:
        """Submit the job unless it is there; returns whether that was begun."""
        self._starting.add(folder.path.name)
        self._actions.put(lambda: self._submit(folder, elapsed))
        return True

    def alive(self, folder: JobFolder) -> bool:
        """Whether a process trains this job or waits for resources; True as well while the head does not answer."""
        if folder.path.name in self._starting or not self._answers or self._active(folder):
            return True
        return folder.path.exists() and folder.holder() is not None

    def ask_to_stop(self, folder: JobFolder) -> None:
        """Ask for a saved state: Ray sends SIGTERM and waits."""
        self._starting.discard(folder.path.name)
        self._actions.put(lambda: self._stop(folder))

    def kill(self, folder: JobFolder) -> None:
        """End the job; the process leaves at its next write, also where Ray has forgotten it."""
        self._starting.discard(folder.path.name)
        if folder.path.exists():
            self._next_attempt(folder)
        self._actions.put(lambda: self._stop(folder))

    def _work(self) -> None:
        action: Callable[[], None] | None = None
        while True:
            try:
                if action is not None:
                    action()
                    action = None
                if self._actions.empty():
                    self._look()
                self._complain("")
            except (RayError, OSError) as error:
                self._answers = False
                self._complain(str(error))
                time.sleep(_POLL_SECONDS)
                continue  # the action is repeated: every one of them may be
            with contextlib.suppress(queue.Empty):
                action = self._actions.get(timeout=_POLL_SECONDS)

    def _look(self) -> None:
        """Read Ray's list, and note how attempts ended."""
        found: dict[str, Attempts] = {}
        for details in self._jobs.list():
            metadata = details.get("metadata") or {}
            if _FOLDER in metadata and str(metadata.get(_ATTEMPT)).isdecimal():
                found.setdefault(metadata[_FOLDER], {})[int(metadata[_ATTEMPT])] = details
        for path, attempts in self._seen.items():
            newest = max(attempts)
            if attempts[newest]["status"] == "PENDING" and newest not in found.get(path, {}):
                self.exit_statuses[Path(path).name] = NEVER_STARTED  # lost with the head
        for path, attempts in found.items():
            newest = max(attempts)
            if attempts[newest]["status"] not in ACTIVE:
                before = self._seen.get(path, {}).get(newest, {}).get("status")
                self._note_end(JobFolder(Path(path)), attempts[newest], new=before in ACTIVE)
        self._seen, self._answers = found, True

    def _note_end(self, folder: JobFolder, details: Json, *, new: bool) -> None:
        code = details.get("driver_exit_code")
        if code is None and details.get("error_type") == _START_TIMEOUT:
            code = NEVER_STARTED
        if code is None:
            self.exit_statuses.pop(folder.path.name, None)
        else:
            self.exit_statuses[folder.path.name] = code
        if new and details["status"] == "FAILED" and details.get("message"):
            _log(folder, f"Ray: {details['message']}")

    def _active(self, folder: JobFolder) -> list[Json]:
        attempts = self._seen.get(str(folder.path), {})
        return [details for details in attempts.values() if details["status"] in ACTIVE]

    def _stop(self, folder: JobFolder) -> None:
        self._look()
        active = self._active(folder)
        for details in active:
            self._jobs.stop(details["submission_id"])
        if not active and folder.path.exists() and folder.holder() is not None:
            self._next_attempt(folder)  # Ray has forgotten this process: it leaves at its next write

    def _submit(self, folder: JobFolder, elapsed: float) -> None:
        job = folder.path.name
        if job not in self._starting or not folder.path.exists() or (folder.path / "end.json").exists():
            self._starting.discard(job)
            return  # paused, cancelled, removed or finished meanwhile
        self._look()
        attempts = self._seen.get(str(folder.path), {})
        # An earlier request whose answer was lost may have submitted the newest attempt already.
        if attempts.get(folder.attempt() or 0, {}).get("status") not in ACTIVE:
            number = self._next_attempt(folder, above=max(attempts, default=0))
            self.exit_statuses.pop(job, None)
            try:
                self._jobs.submit(self._submission(folder, number, elapsed))
            except RayError as error:
                if error.unreachable:
                    raise
                _log(folder, str(error))
                self.exit_statuses[job] = _REFUSED
            self._look()  # before it leaves `_starting`: it is never unknown in between
        self._starting.discard(job)

    def _next_attempt(self, folder: JobFolder, above: int = 0) -> int:
        with self._numbering:
            return folder.next_attempt(above)

    def _submission(self, folder: JobFolder, number: int, elapsed: float) -> Json:
        job = folder.path.name
        command = [*self._command, str(folder.path), "--attempt", str(number), "--elapsed", str(elapsed)]
        submission: Json = {
            "submission_id": job if number == 1 else f"{job}-{number}",
            "entrypoint": f"exec {shlex.join(command)} >> {shlex.quote(str(folder.output))} 2>&1",
            "runtime_env": {
                "env_vars": {**PROCESS_ENVIRONMENT, "RAY_JOB_STOP_WAIT_TIME_S": str(_STOP_SECONDS)}
            },
            "metadata": {_FOLDER: str(folder.path), _ATTEMPT: str(number)},
            "entrypoint_resources": {},
        }
        for name, amount in self._resources.items():
            if name in _ENTRYPOINT:
                submission[_ENTRYPOINT[name]] = int(amount) if name == "memory" else amount
            else:
                submission["entrypoint_resources"][name] = amount
        return submission

    def _complain(self, text: str) -> None:
        """Print a failure of the head once, and once that it answers again."""
        if text != self._complaint:
            print(f"ftjobs serve: {text or f'Ray at {self._jobs.address} answers again'}", file=sys.stderr)  # noqa: T201
            self._complaint = text


def _log(folder: JobFolder, text: str) -> None:
    """Add a line to the job's log, where there is one and space for it."""
    with contextlib.suppress(OSError), folder.output.open("a") as output:
        output.write(" ".join(text.split())[:600] + "\n")
