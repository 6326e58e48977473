"""The part of GitHub or GitLab that keeps the comments of a pull request: in pages, in memory, on loopback."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
TOKEN = "ghs_test_not_a_token"


class Place(ThreadingHTTPServer):
    """The part of GitHub or GitLab that keeps comments, in pages, in memory."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.notes: list[dict[str, Any]] = []
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, body: str, login: str = BOT) -> dict[str, Any]:
        known = {BOT: 7}
        author = {"login": login, "id": known.get(login, 8)}
        note = {"id": len(self.notes) + 1, "body": body, "user": author, "author": author}
        self.notes.append(note)
        return note


class _Handler(BaseHTTPRequestHandler):
    server: Place

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/user":
            return self._answer({"id": 7})
        page = int(parse_qs(parts.query)["page"][0])
        return self._answer(self.server.notes[(page - 1) * 100 : page * 100])

    def do_POST(self) -> None:
        self._answer(self.server.add(self._body()))

    def do_PATCH(self) -> None:
        note = self.server.notes[int(self.path.rpartition("/")[2]) - 1]
        note["body"] = self._body()
        self._answer(note)

    def do_PUT(self) -> None:
        self.do_PATCH()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def _body(self) -> str:
        return str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"])

    def _answer(self, answer: object) -> None:
        self.server.asked.append(f"{self.command} {urlsplit(self.path).path}")
        good = TOKEN in (self.headers["Authorization"] or self.headers["PRIVATE-TOKEN"] or "")
        data = json.dumps(answer).encode()
        self.send_response(200 if good else 403)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def variables(service: str, url: str) -> dict[str, str]:
    if service == "github":
        return {
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": "o/r",
            "PULL_REQUEST": "3",
            "GITHUB_TOKEN": TOKEN,
        }
    return {
        "CI_API_V4_URL": url,
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "3",
        "GITLAB_TOKEN": TOKEN,
    }
