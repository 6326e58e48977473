"""Training rows, and an upload of them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pulumi_ftjobs.api.client import Client

MODEL = "gpt-4.1-mini-2025-04-14"


def rows(count: int = 12, word: str = "") -> bytes:
    """A small chat file that every rule accepts."""
    lines = [
        {
            "messages": [
                {"role": "user", "content": f"What is {number}{word}?"},
                {"role": "assistant", "content": f"The number {number}{word}."},
            ]
        }
        for number in range(count)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def upload(client: Client, data: bytes | None = None, name: str = "rows.jsonl") -> str:
    """The id of an uploaded training file."""
    content = rows() if data is None else data

    def chunks() -> Iterator[bytes]:
        yield content

    return client.upload(name, chunks(), len(content), {"purpose": "fine-tune"}).id
