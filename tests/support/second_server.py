"""A second server for `/fine_tuning/jobs`, written without a line of the embedded one, with bugs on purpose.

The embedded server and the client were written by the same hands, so one misunderstanding can hide on both sides. This
one keeps to the published shapes, and each bug is one that a compatible service was seen to have.
"""

from __future__ import annotations

import email
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.http_server import http_server

UNFINISHED = {"validating_files", "queued", "running", "paused"}


@dataclass
class Bugs:
    """What this server does wrong; nothing by default."""

    listing_lag: int = 0
    """A new job appears in the listing only after it was listed this many times."""
    metadata: Literal["kept", "dropped", "upper case", "cut at 20"] = "kept"
    """What becomes of the metadata of a create."""
    ignores_filter: bool = False
    """A listing with a metadata filter returns every job."""
    pages: Literal["honest", "first page only", "last page again", "filtered late", "no has_more"] = "honest"
    """Whether `has_more` and `after` can be believed; "filtered late": each page is filtered after it was cut."""
    bare_listing: bool = False
    """The listing shows jobs without their metadata."""
    created_at: Literal["seconds", "milliseconds", "missing", "an hour slow"] = "seconds"
    lost_answers: list[int | Literal["reset"] | HTTPAnswer] = field(default_factory=list)
    """What the next creates answer after the job was made: a status, a TCP reset, or a whole answer."""
    refuses_metadata: bool = False
    """A create with metadata is answered with 400."""
    lost_jobs: set[str] = field(default_factory=set)
    """Jobs that a read by id answers 404 for, as a replica that lags does."""
    cancel: Literal["works", "no route", "another job", "optimistic"] = "works"
    """What a cancel does; "another job": it answers about some other, cancelled one; "optimistic": it answers that the
    job is cancelled, and the job goes on."""
    job_id: str = "job-{:04}"
    """The form of a new job's id."""
    also: dict[str, Any] = field(default_factory=dict)
    """What every answer about a job has besides its fields."""
    listing_fails: bool = False
    """Every listing is answered with 500."""
    not_found: Literal["error object", "html"] = "error object"
    """What a 404 looks like."""
    hidden: bool = False
    """Answers 404 to every read of a job, as for a key of another project; the listing is empty."""
    models_route: bool = True


class SecondServer:
    """The objects of one service, and what it was asked."""

    def __init__(self) -> None:
        self.bugs = Bugs()
        self.jobs: dict[str, dict[str, Any]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.url = ""
        self._listed: dict[str, int] = {}
        self._lock = threading.RLock()

    def unfinished(self) -> list[str]:
        """The ids of the jobs that still cost money."""
        return [job_id for job_id, job in self.jobs.items() if job["status"] in UNFINISHED]

    def finish(self, job_id: str, status: str = "succeeded") -> None:
        """End a job."""
        job = self.jobs[job_id]
        job |= {"status": status, "finished_at": int(time.time())}
        if status == "succeeded":
            job |= {"fine_tuned_model": f"ft:{job['model']}:{job_id}", "trained_tokens": 1000}
            name = job["fine_tuned_model"]
            self.models[name] = {"id": name, "object": "model", "created": 1, "owned_by": "me"}

    # -- what the routes do ------------------------------------------------------------------------

    def answer(self, method: str, path: str, request: Request) -> Any:
        """The JSON of an answer, or an `HTTPAnswer` for anything but 200."""
        with self._lock:
            self.calls.append(f"{method} {path}")
            for shape, act in self._routes.items():
                found = re.fullmatch(shape, f"{method} {path}")
                if found:
                    return act(request, *found.groups())
            return self._missing(path)

    @property
    def _routes(self) -> dict[str, Callable[..., Any]]:
        empty = {"object": "list", "data": [], "has_more": False}
        routes: dict[str, Callable[..., Any]] = {
            r"POST /fine_tuning/jobs": self._create,
            r"GET /fine_tuning/jobs": self._listing,
            r"GET /fine_tuning/jobs/([^/]+)": lambda _request, part: self._one(unquote(part)),
            r"POST /fine_tuning/jobs/([^/]+)/cancel": lambda _request, part: self._cancel(unquote(part)),
            r"GET /fine_tuning/jobs/[^/]+/(?:events|checkpoints)": lambda _request: empty,
            r"POST /files": self._upload,
            r"GET /files": lambda _request: empty | {"data": list(self.files.values())},
            r"GET /files/([^/]+)": lambda _request, name: self.files.get(name) or self._missing(name),
        }
        if self.bugs.models_route:
            routes |= {
                r"GET /models": lambda _request: {"object": "list", "data": list(self.models.values())},
                r"GET /models/([^/]+)": lambda _request, name: self.models.get(name) or self._missing(name),
            }
        return routes

    def _create(self, request: Request) -> Any:
        body = json.loads(request.body)
        if self.bugs.refuses_metadata and "metadata" in body:
            return HTTPAnswer(
                400, {"error": {"message": "Unknown parameter: 'metadata'.", "param": "metadata"}}
            )
        job_id = self.bugs.job_id.format(len(self.jobs) + 1)
        offset = {"an hour slow": -3600.0}.get(self.bugs.created_at, 0.0)
        created: int | None = int(time.time() + offset)
        if self.bugs.created_at == "milliseconds":
            created = int(time.time() * 1000)
        job = {
            "id": job_id,
            "object": "fine_tuning.job",
            "created_at": created,
            "status": "running",
            "fine_tuned_model": None,
            "finished_at": None,
            "trained_tokens": None,
            "result_files": [],
            "error": None,
            "seed": 42,
            **body,
            "metadata": self._kept(body.get("metadata")),
            **self.bugs.also,
        }
        if self.bugs.created_at == "missing":
            del job["created_at"]
        self.jobs[job_id] = job
        if self.bugs.lost_answers:
            how = self.bugs.lost_answers.pop(0)
            if isinstance(how, HTTPAnswer):
                return how
            return HTTPAnswer(None if how == "reset" else how, {"error": {"message": "try again later"}})
        return job

    def _kept(self, metadata: dict[str, str] | None) -> dict[str, str] | None:
        change: dict[str, Callable[[str], str]] = {
            "upper case": str.upper,
            "cut at 20": lambda text: text[:20],
            "kept": str,
        }
        if metadata is None or self.bugs.metadata == "dropped":
            return None
        return {name: change[self.bugs.metadata](value) for name, value in metadata.items()}

    def _listing(self, request: Request) -> Any:
        query = request.query
        if self.bugs.hidden:
            return {"object": "list", "data": [], "has_more": False}
        if self.bugs.listing_fails:
            return HTTPAnswer(500, {"error": {"message": "no listings today"}})
        found = [job for job in reversed(self.jobs.values()) if self._is_listed(job)]
        late = self.bugs.pages == "filtered late"
        if not (self.bugs.ignores_filter or late):
            found = [job for job in found if _matches(job, query)]
        limit, after = int(query.get("limit", ["20"])[0]), query.get("after", [""])[0]
        ids = [job["id"] for job in found]
        start = ids.index(after) + 1 if after in ids else 0
        if self.bugs.pages == "last page again" and start >= len(found):
            start = max(0, len(found) - limit)
        page = found[start : start + limit]
        if self.bugs.pages == "no has_more":
            return {"object": "list", "data": page[:20]}
        more = {"first page only": False, "last page again": bool(page)}
        has_more = more.get(self.bugs.pages, start + limit < len(found))
        if late:
            page = [job for job in page if _matches(job, query)]
        if self.bugs.bare_listing:
            page = [{name: value for name, value in job.items() if name != "metadata"} for job in page]
        return {"object": "list", "data": page, "has_more": has_more}

    def _is_listed(self, job: dict[str, Any]) -> bool:
        times = self._listed[job["id"]] = self._listed.get(job["id"], -1) + 1
        return times >= self.bugs.listing_lag

    def _one(self, job_id: str) -> Any:
        found = None if self.bugs.hidden or job_id in self.bugs.lost_jobs else self.jobs.get(job_id)
        return found or self._missing(job_id)

    def _cancel(self, job_id: str) -> Any:
        if self.bugs.cancel == "no route":
            return self._missing("route")
        job = self._one(job_id)
        if self.bugs.cancel == "optimistic":
            return {**self.jobs[job_id], "status": "cancelled"}
        if self.bugs.cancel == "another job":
            return {**self.jobs[job_id], "id": "another", "status": "cancelled"}
        if isinstance(job, dict) and job["status"] in UNFINISHED:
            self.finish(job_id, "cancelled")
        return job

    def _upload(self, request: Request) -> Any:
        head = f"content-type: {request.content_type}\r\n\r\n"
        message = email.message_from_bytes(head.encode() + request.body)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.get_payload()}  # type: ignore[union-attr]
        content = parts["file"].get_payload(decode=True)  # type: ignore[union-attr]
        file_id = f"file-{len(self.files) + 1:04}"
        self.files[file_id] = {
            "id": file_id,
            "object": "file",
            "bytes": len(content),  # type: ignore[arg-type]
            "created_at": int(time.time()),
            "filename": parts["file"].get_filename(),  # type: ignore[union-attr]
            "purpose": "fine-tune",
            "status": "processed",
        }
        return self.files[file_id]

    def _missing(self, what: str) -> HTTPAnswer:
        if self.bugs.not_found == "html":
            return HTTPAnswer(404, "<html><h1>404 Not Found</h1></html>")
        code = "fine_tuning_job_not_found" if what.startswith("job-") else "not_found"
        text = f"No such object: {what}"
        return HTTPAnswer(404, {"error": {"message": text, "type": "invalid_request_error", "code": code}})


@dataclass
class Request:
    """What a route may look at."""

    query: dict[str, list[str]]
    body: bytes
    content_type: str


@dataclass
class HTTPAnswer:
    """Anything but 200: a status (None: cut the connection) and what it says."""

    status: int | None
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def _matches(job: dict[str, Any], query: dict[str, list[str]]) -> bool:
    wanted = {name[9:-1]: values[0] for name, values in query.items() if name.startswith("metadata[")}
    return all((job["metadata"] or {}).get(name) == value for name, value in wanted.items())


@contextmanager
def second_server() -> Iterator[SecondServer]:
    """A running second server on a free port."""
    served = SecondServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            url = urlsplit(self.path)
            path = url.path.removeprefix("/v1")
            request = Request(parse_qs(url.query), body, self.headers.get("content-type") or "")
            found = served.answer(self.command, path, request)
            status, headers = 200, {}
            if isinstance(found, HTTPAnswer):
                if found.status is None:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                    return
                status, headers, found = found.status, found.headers, found.body
            html = isinstance(found, str)
            text = found.encode() if html else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("content-type", "text/html" if html else "application/json")
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - names of the base class

        def log_message(self, *_: object) -> None:
            """Be silent."""

    with http_server(Handler) as url:
        served.url = f"{url}/v1"
        yield served
