"""The server as a process: it starts quickly, stops cleanly, and survives being killed at any moment."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from typer.testing import CliRunner

from pulumi_ftjobs.cli.command_table import app

from .application import KEY, MODEL, chat
from .process import Child, child

pytestmark = pytest.mark.slow


def upload(client: httpx.Client) -> str:
    answer = client.post("/files", files={"file": ("a.jsonl", chat(12))}, data={"purpose": "fine-tune"})
    return str(answer.json()["id"])


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_it_with_success_even_while_a_request_is_held(name: str) -> None:
    with child() as server, server.client() as client:
        httpx.post(server.root + "/_ftjobs/faults", json={"kind": "hold"}, trust_env=False)
        asking = threading.Thread(target=lambda: client.get("/models"))
        asking.start()
        while not httpx.get(server.root + "/_ftjobs/journal", trust_env=False).json()["requests"]:
            pass
        server.process.send_signal(getattr(signal, name))

        assert server.process.wait(timeout=10) == 0
        asking.join(timeout=10)


@pytest.mark.parametrize("path", ["/files", "/fine_tuning/jobs"])
def test_a_signal_in_the_middle_of_a_request_is_no_defect(path: str) -> None:
    with child() as server:
        where = urlsplit(server.root)
        with socket.create_connection((where.hostname, where.port)) as client:
            head = f"POST /v1{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
            form = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n--x\r\n"
            client.sendall((head + form).encode())
            while not httpx.get(server.root + "/_ftjobs/journal", trust_env=False).json()["requests"]:
                pass
            server.process.terminate()
            with client.makefile() as stream:
                answer = stream.read()

        assert server.process.wait(timeout=10) == 0
        assert server.process.stdout is not None
        assert "Traceback" not in server.process.stdout.read()
    assert answer.startswith("HTTP/1.1 503 ")
    assert "The server is ending." in answer


def test_killed_at_any_moment_it_has_every_job_it_confirmed_and_none_by_halves(tmp_path: Path) -> None:
    """Two clients create jobs without pause; one kills the server while the other is in the middle of something."""
    store = tmp_path / "store.sqlite"
    confirmed: list[str] = []
    for enough in (3, 10, 24):
        with child("--store", str(store), "--speed", "2000") as server, ThreadPoolExecutor(2) as pool:
            clients = [pool.submit(_create_until_it_dies, server, confirmed, enough) for _ in range(2)]
            for client in clients:
                client.result()

    with child("--store", str(store), "--speed", "1000000") as server, server.client() as reader:
        shown = httpx.get(server.root + "/_ftjobs/jobs", trust_env=False).json()["data"]
        assert set(confirmed) <= {job["id"] for job in shown}
        for job in shown:
            assert job["status"] in ("validating_files", "queued", "running", "succeeded")
            whole = reader.get(f"/fine_tuning/jobs/{job['id']}").json()
            if whole["status"] == "succeeded":
                assert reader.get(f"/models/{whole['fine_tuned_model']}").status_code == 200
                assert reader.get(f"/files/{whole['result_files'][0]}/content").text.startswith("step,")


def _create_until_it_dies(server: Child, confirmed: list[str], enough: int) -> None:
    with server.client() as client:
        try:
            body = {"model": MODEL, "training_file": upload(client)}
            while len(confirmed) < enough:
                confirmed.append(client.post("/fine_tuning/jobs", json=body).json()["id"])
                client.get("/fine_tuning/jobs")
            server.kill()
        except httpx.TransportError:
            return


def test_fifty_clients_make_a_thousand_jobs_at_once() -> None:
    with child() as server, server.client() as client:
        body = {"model": MODEL, "training_file": upload(client)}

        def twenty(worker: int) -> list[Any]:
            with server.client() as own:
                return [
                    own.post("/fine_tuning/jobs", json={**body, "metadata": {"worker": str(worker)}}).json()[
                        "id"
                    ]
                    for _ in range(20)
                ]

        with ThreadPoolExecutor(50) as pool:
            made = {name for names in pool.map(twenty, range(50)) for name in names}
        found: list[str] = []
        more = True
        while more:
            after = {"after": found[-1]} if found else {}
            page = client.get("/fine_tuning/jobs", params={"limit": 100, **after}).json()
            found += [job["id"] for job in page["data"]]
            more = page["has_more"]
        mine = client.get("/fine_tuning/jobs", params={"metadata[worker]": "7", "limit": "100"}).json()[
            "data"
        ]

    assert len(made) == 1000
    assert (len(found), set(found)) == (1000, made)
    assert len(mine) == 20


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--speed", "0"], "greater than 0"),
        (["--set", "colour=red"], "Unknown setting: colour"),
        (["--set", "lenient=maybe"], "lenient must be of type bool"),
        (["--seed", "/no/such/file"], "does not exist"),
        (["--scenario", __file__], "is not JSON"),
        (["--store", "/dev/null/x"], "cannot open the store"),
        (["--host", "192.0.2.1", "--insecure"], "cannot listen on 192.0.2.1"),
        (["--host", "0.0.0.0"], "0.0.0.0 is reachable from other machines: add --api-key KEY, or --insecure"),
        (["--host", "::"], ":: is reachable from other machines"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(options: list[str], says: str) -> None:
    run = CliRunner().invoke(app, ["serve", "--port", "0", *options])
    words = " ".join(run.output.replace("│", " ").split())

    assert run.exit_code in (1, 2)
    assert says in words
    assert "Traceback" not in words


@pytest.mark.parametrize("options", [["--insecure"], ["--api-key", "sk-mine"]])
def test_a_server_that_other_machines_can_reach_warns(options: list[str]) -> None:
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "serve", "--host", "0.0.0.0", "--port", "0"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode() for _ in range(2)]
        process.terminate()

    assert "warning: other machines can reach this server" in lines[0]
    assert lines[1].startswith("listening on http://0.0.0.0:")


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = CliRunner().invoke(app, ["serve", "--port", port])

    assert run.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in run.output
