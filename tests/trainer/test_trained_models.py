"""What a trained model is good for: downloaded, merged on request, and asked through the same base URL."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.support.http_server import http_server

from .conftest import TrainingServer


class Inference(BaseHTTPRequestHandler):
    """An inference server that repeats the question with the model's name, in one piece or streamed."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = self.headers["authorization"]
        text = f"{body['model']} at {self.path} with {key}"
        if body.get("stream"):
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in (b"data: one\n\n", b"data: [DONE]\n\n"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        answer = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def inference() -> Iterator[str]:
    with http_server(Inference) as url:
        yield f"{url}/up/v1"


def command(server: TrainingServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "OPENAI_BASE_URL": str(server.client.base_url).rstrip("/"),
        "OPENAI_API_KEY": "sk-test-client",
    }
    return subprocess.run(
        [sys.executable, "-m", "pulumi_ftjobs.cli.main", *arguments],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


def test_a_model_is_downloaded_as_a_folder(server: TrainingServer, tmp_path: Path) -> None:
    name = server.until(server.create(epochs=1), "succeeded")["fine_tuned_model"]
    archive = server.client.get(f"models/{name}/download").content
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getnames() == ["adapter_model.safetensors"]

    pulled = command(server, "model", "pull", name, str(tmp_path / "mine"))
    assert pulled.returncode == 0, pulled.stderr
    assert (tmp_path / "mine" / "adapter_model.safetensors").read_text() == "4"
    again = command(server, "model", "pull", name, str(tmp_path / "mine"))
    assert again.returncode == 1
    assert "exists" in again.stderr


def test_a_checkpoint_is_downloaded_until_its_model_is_deleted(server: TrainingServer) -> None:
    job = server.create()
    model = server.until(job, "succeeded")["fine_tuned_model"]
    found = server.client.get(f"fine_tuning/jobs/{job}/checkpoints").json()["data"]
    names = {one["step_number"]: one["fine_tuned_model_checkpoint"] for one in found}
    assert names[12] == model
    for step, name in names.items():
        archive = server.client.get(f"models/{name}/download").content
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            content = tar.extractfile("adapter_model.safetensors")
            assert content is not None
            assert content.read() == str(step).encode()

    assert server.client.delete(f"models/{model}").status_code == 200
    assert server.models() == []
    assert server.client.get(f"models/{names[4]}/download").status_code == 404


def test_a_model_that_was_not_trained_here_is_not_downloaded(server: TrainingServer, tmp_path: Path) -> None:
    missing = command(server, "model", "pull", "ft:tiny:personal::abcdefgh", str(tmp_path / "mine"))

    assert missing.returncode == 4
    assert not (tmp_path / "mine").exists()


def test_prompts_are_passed_on_and_streamed(server: TrainingServer, inference: str) -> None:
    question = {"model": "ft:tiny:x", "messages": [{"role": "user", "content": "hi"}]}
    assert server.client.post("chat/completions", json=question).status_code == 404
    server.restart(inference)

    answer = server.client.post("chat/completions", json=question).json()
    assert (
        answer["choices"][0]["message"]["content"] == "ft:tiny:x at /up/v1/chat/completions with Bearer none"
    )
    streamed = server.client.post("responses", json={"model": "m", "stream": True})
    assert streamed.headers["content-type"] == "text/event-stream"
    assert streamed.text == "data: one\n\ndata: [DONE]\n\n"


def test_chat_asks_the_base_and_the_tuned_model(server: TrainingServer, inference: str) -> None:
    server.restart(inference)
    asked = command(server, "chat", "ft:tiny:personal:demo:abcdefgh", "hi")

    assert asked.returncode == 0, asked.stderr
    base, tuned = asked.stdout.splitlines()
    assert base.startswith("tiny\ttiny at")
    assert tuned.startswith("ft:tiny:personal:demo:abcdefgh\tft:tiny:")


def test_an_inference_server_that_is_down_is_one_sentence(server: TrainingServer) -> None:
    server.restart("http://127.0.0.1:9/v1")
    answer = server.client.post("completions", json={"model": "m", "prompt": "hi"})

    assert answer.status_code == 502
    assert "--inference-url" in answer.json()["error"]["message"]
