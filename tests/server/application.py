"""A server without a socket: the application itself, on a separate store, whose clock only the test moves."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from pulumi_ftjobs.server.faults.connections import Connections
from pulumi_ftjobs.server.http.asgi_app import make_app
from pulumi_ftjobs.server.server_settings import Settings
from pulumi_ftjobs.server.service_profiles import MountedProfiles
from pulumi_ftjobs.server.services import Services, make_services
from pulumi_ftjobs.server.training.trainer_interface import Trainer

KEY = "sk-test-of-the-embedded-api"
MODEL = "gpt-4o-mini-2024-07-18"


class Wall:
    """The time of day, in the test's hand."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class Api:
    """Asks the application what a client would, and moves its clock."""

    def __init__(
        self,
        path: Path,
        wall: Wall,
        settings: Settings | None = None,
        trainer: Trainer | None = None,
        services: tuple[str, ...] = (),
    ) -> None:
        self.wall = wall
        self.services: Services = make_services(
            path, settings, trainer, MountedProfiles.named(services), wall=wall
        )
        self._app = make_app(self.services, Connections())
        self.headers = {"authorization": f"Bearer {KEY}"}

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {**self.headers, **given.pop("headers", {})}
        return asyncio.run(self._ask(method, path, headers={k: v for k, v in headers.items() if v}, **given))

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **given)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", path, **({"params": params} if params else {}))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.ask("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def operate(self, path: str, /, **body: Any) -> Any:
        return self.post(f"/_ftjobs{path}", body)

    def operate_get(self, path: str) -> Any:
        return self.get(f"/_ftjobs{path}")

    def refusal(self, method: str, path: str, **given: Any) -> tuple[int, str | None, str | None]:
        """Status, code and param of a refusal, whose envelope must be whole."""
        answer = self.ask(method, path, **given)
        error = answer.json()["error"]
        assert sorted(error) == ["code", "message", "param", "type"]
        assert error["message"]
        return answer.status_code, error["code"], error["param"]

    def upload(
        self, text: str | bytes | None = None, name: str = "data.jsonl", purpose: str = "fine-tune"
    ) -> Any:
        answer = self.ask(
            "POST",
            "/v1/files",
            files={"file": (name, chat(40) if text is None else text)},
            data={"purpose": purpose},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, **members: Any) -> Any:
        body = {"model": MODEL, **members}
        if "training_file" not in body:
            body["training_file"] = self.upload()["id"]
        return self.post("/v1/fine_tuning/jobs", body)

    def job(self, job: Any) -> Any:
        return self.get(f"/v1/fine_tuning/jobs/{job['id']}")

    def events(self, job: Any, **params: Any) -> list[Any]:
        """All events, oldest first, page by page."""
        found: list[Any] = []
        while True:
            after = {"after": found[-1]["id"]} if found else {}
            page = self.get(f"/v1/fine_tuning/jobs/{job['id']}/events", **{"limit": 50, **params, **after})
            found += page["data"]
            if not page["has_more"]:
                return found[::-1]

    def until(self, job: Any, status: str) -> Any:
        """Let time pass until the job has this status."""
        for _ in range(2000):
            shown = self.job(job)
            if shown["status"] == status:
                return shown
            self.wall.at += 4
        raise AssertionError(f"{shown['status']} for ever, never {status}")

    def close(self) -> None:
        self.services.store.close()


def chat(rows: int) -> str:
    lines = (
        {
            "messages": [
                {"role": "user", "content": f"What is {n}?"},
                {"role": "assistant", "content": "A number."},
            ]
        }
        for n in range(rows)
    )
    return "".join(json.dumps(line) + "\n" for line in lines)
