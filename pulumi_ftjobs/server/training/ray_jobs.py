"""Ray's Jobs API over HTTP: list, find, submit and stop submissions. Needs no ray package."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

Json = dict[str, Any]
ACTIVE = frozenset({"PENDING", "RUNNING"})
"""Statuses of a submission that trains, or will."""
_TIMEOUT = 10.0


class RayError(Exception):
    """Ray does not answer, or not as a Ray head does; `status` is the HTTP status of an error response."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

    @property
    def unreachable(self) -> bool:
        """Whether the request is worth repeating: the head is away or busy, or the token is being replaced."""
        return self.status in (None, 401, 403, 429, 502, 503, 504)


class RayJobs:
    """The submissions of one Ray cluster."""

    def __init__(self, address: str, token_file: Path | None) -> None:
        """Args:
        address: URL of the head's dashboard, such as `http://10.0.0.5:8265`.
        token_file: read at every request, so that a token can be replaced; None: no authentication.
        """
        self.address = address.rstrip("/")
        self._token_file = token_file

    def list(self) -> list[Json]:
        """All submissions, finished ones included. A restarted head knows none of the earlier ones."""
        found = self._call("GET", "")
        if not isinstance(found, list) or not all(isinstance(job, dict) and "status" in job for job in found):
            raise RayError(f"{self.address} does not list jobs: is it the address of a Ray head?")
        return [job for job in found if job.get("submission_id")]

    def find(self, submission: str) -> Json | None:
        """One submission; None where this head knows no such id."""
        try:
            found = self._call("GET", quote(submission))
        except RayError as error:
            if error.status == 404:
                return None
            raise
        return found if isinstance(found, dict) else None

    def submit(self, submission: Json) -> None:
        """Submit once. Ray answers a second submission of one id with 500: success if the first one was this one."""
        try:
            self._call("POST", "", submission)
        except RayError as error:
            if error.status != 500:
                raise
            found = self.find(submission["submission_id"])
            if found is None or found.get("metadata") != submission["metadata"]:
                raise

    def stop(self, submission: str) -> None:
        """Ask Ray to end a submission: SIGTERM, and SIGKILL after its grace period. An unknown id is no error."""
        try:
            self._call("POST", f"{quote(submission)}/stop")
        except RayError as error:
            if error.status != 404:
                raise

    def _call(self, method: str, path: str, body: Json | None = None) -> Any:
        parts = urlsplit(self.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        target, content = f"{parts.path}/api/jobs/{path}", json.dumps(body) if body else None
        try:
            # No redirect is followed: the token goes to this address only.
            connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
            try:
                connection.request(method, target, content, self._headers())
                response = connection.getresponse()
                answer = response.read()
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise RayError(f"Ray at {self.address} does not answer: {error}") from None
        if response.status in (401, 403):
            text = f"Ray at {self.address} refuses the token (HTTP {response.status})"
            raise RayError(text, response.status)
        if response.status != 200:
            text = " ".join(answer.decode(errors="replace").split())[-300:]
            raise RayError(f"Ray at {self.address} answered HTTP {response.status}: {text}", response.status)
        try:
            return json.loads(answer)
        except ValueError:
            text = f"{self.address} answered without JSON: is it the address of a Ray head?"
            raise RayError(text) from None

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json"}
        if self._token_file is not None:
            headers["authorization"] = f"Bearer {self._token_file.read_text().strip()}"
        return headers
