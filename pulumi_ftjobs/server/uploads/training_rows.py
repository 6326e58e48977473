"""Reading training data as it streams in: rows, tokens, and which formats every row fits.

The upload is refused when a line is not a JSON object, as the service does; whether the rows fit a training method is
found here too but reported later, by the job.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pulumi_ftjobs.server.server_errors import ApiError, invalid
from pulumi_ftjobs.server.uploads.upload_tokens import TokenCounter

FORMATS = {
    "supervised": "fine-tune-chat",
    "completion": "fine-tune-completion",
    "dpo": "fine-tune-preference",
    "reinforcement": "fine-tune-reinforcement",
}
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_BOM = b"\xef\xbb\xbf"
_MAX_LINE = 32 * 1024 * 1024


class RowReader:
    """Checks rows as bytes arrive: feed them, finish, read the summary."""

    def __init__(self, *, exact: bool = True) -> None:
        self._rest = bytearray()
        self._line = 0
        self.rows = 0
        self._tokens = TokenCounter(exact=exact)
        self.problems: dict[str, dict[str, Any] | None] = dict.fromkeys(_CHECKS)

    def feed(self, chunk: bytes) -> None:
        """Read the next bytes; raise a 400 for the first line that is not a JSON object."""
        self._rest += chunk
        if b"\n" not in chunk:
            if len(self._rest) > _MAX_LINE:
                raise self._refusal()
            return
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        for line in lines:
            self._see(line)

    def finish(self) -> None:
        """Read the last line, which may have no line end."""
        if self._rest:
            self._see(bytes(self._rest))
            self._rest.clear()

    def summary(self) -> dict[str, Any]:
        """Return rows, tokens and, per format, the first row that does not fit."""
        return {"rows": self.rows, "tokens": self._tokens.total(), "problems": self.problems}

    def _see(self, line: bytes) -> None:
        self._line += 1
        if self._line == 1:
            line = line.removeprefix(_BOM)
        if not line.strip():
            return
        try:
            row = _decoder.decode(line.decode())
            if not isinstance(row, dict):
                raise self._refusal()
            self._tokens.add(row)
        except (ValueError, RecursionError):
            raise self._refusal() from None
        self.rows += 1
        for name, check in _CHECKS.items():
            if self.problems[name] is None:
                reason = check(row)
                if reason:
                    self.problems[name] = {"line": self._line, "reason": reason}

    def _refusal(self) -> ApiError:
        return invalid(
            "Expected file to have JSONL format, where every line is a valid JSON dictionary. "
            f"Line {max(1, self._line)} is not a dictionary (the first line is line 1)."
        )


def _no_number(name: str) -> None:
    raise ValueError(name)


_decoder = json.JSONDecoder(parse_constant=_no_number)


def _messages(value: object) -> str | None:
    if not isinstance(value, list) or not value:
        return "'messages' must be a non-empty list"
    for message in value:
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            return "every message needs a known 'role'"
        if "content" not in message and not message.get("tool_calls") and not message.get("function_call"):
            return "a message has no 'content'"
        if message.get("weight", 1) not in (0, 1):
            return "'weight' must be 0 or 1"
    return None


def _chat(row: dict[str, Any]) -> str | None:
    if "messages" not in row:
        return "'messages' is missing"
    problem = _messages(row["messages"])
    if problem is None and not any(m.get("role") == "assistant" for m in row["messages"]):
        return "there is no message with the role 'assistant'"
    return problem


def _completion(row: dict[str, Any]) -> str | None:
    if isinstance(row.get("prompt"), str) and isinstance(row.get("completion"), str):
        return None
    return "'prompt' and 'completion' must be strings"


def _preference(row: dict[str, Any]) -> str | None:
    prompt = row.get("input")
    if not isinstance(prompt, dict):
        return "'input' is missing"
    problem = _messages(prompt.get("messages"))
    for name in ("preferred_output", "non_preferred_output"):
        problem = problem or _answers(row.get(name), name)
    return problem


def _answers(value: object, name: str) -> str | None:
    if not isinstance(value, list) or not value:
        return f"'{name}' is missing"
    if not all(isinstance(m, dict) and m.get("role") == "assistant" for m in value):
        return f"'{name}' must hold messages with the role 'assistant'"
    return None


def _reinforcement(row: dict[str, Any]) -> str | None:
    if "messages" not in row:
        return "'messages' is missing"
    problem = _messages(row["messages"])
    if problem is None and row["messages"][-1].get("role") == "assistant":
        return "the last message must not have the role 'assistant'"
    return problem


_CHECKS: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "supervised": _chat,
    "completion": _completion,
    "dpo": _preference,
    "reinforcement": _reinforcement,
}
