"""Messages as the API has them, as chat templates expect them, and rendered to text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from .run_control import TrainingError

Message = dict[str, Any]


def tools_of(row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The tools of a row; the legacy `functions` are tools too."""
    if row.get("tools"):
        return list(row["tools"])
    return [{"type": "function", "function": f} for f in row.get("functions") or []] or None


def for_template(message: Message) -> Message:
    """One message in the shape that chat templates expect: text content, arguments as objects, no weight."""
    plain = {key: value for key, value in message.items() if key not in ("weight", "function_call")}
    plain["content"] = _text(message.get("content"))
    calls = list(message.get("tool_calls") or [])
    if message.get("function_call"):
        calls.append({"type": "function", "function": message["function_call"]})
    if calls:
        plain["tool_calls"] = [
            {**c, "function": {**c["function"], "arguments": _object(c["function"].get("arguments"))}}
            for c in calls
        ]
    return plain


def _text(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    parts = content if isinstance(content, list) else []
    if not all(isinstance(part, dict) and part.get("type") == "text" for part in parts):
        raise TrainingError(
            "invalid_training_file",
            "Only text can be trained: a message contains an image or a file.",
            "training_file",
        )
    return "".join(part["text"] for part in parts)


def _object(arguments: object) -> object:
    if not isinstance(arguments, str):
        return arguments
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


class ChatRenderer:
    """Renders conversations with the base model's chat template."""

    def __init__(self, tokenizer: Any) -> None:
        if not tokenizer.chat_template:
            raise TrainingError(
                "invalid_base_model",
                "The base model has no chat template. Add chat_template.jinja to its folder, or train "
                "prompt and completion rows.",
                "model",
            )
        self._tokenizer = tokenizer

    def render(
        self, messages: Sequence[Message], tools: list[dict[str, Any]] | None, *, prompt: bool = False
    ) -> str:
        """The text of a conversation; `prompt` adds what precedes the assistant's next turn."""
        plain = [for_template(message) for message in messages]
        try:
            return self._apply(plain, tools, prompt)
        except TemplateError as error:
            if not any(message["role"] == "developer" for message in plain):
                raise _refused(error) from None
        # Templates older than the role `developer` know it as `system`.
        renamed = [{**m, "role": "system"} if m["role"] == "developer" else m for m in plain]
        try:
            return self._apply(renamed, tools, prompt)
        except TemplateError as error:
            raise _refused(error) from None

    def _apply(self, messages: list[Message], tools: list[dict[str, Any]] | None, prompt: bool) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                messages, tools=tools, tokenize=False, add_generation_prompt=prompt
            )
        )

    def turns(
        self, messages: Sequence[Message], tools: list[dict[str, Any]] | None
    ) -> tuple[str, list[range]]:
        """The text of a conversation and the characters of each assistant turn, in order.

        Raises:
            TrainingError: the template rewrites earlier turns when a later one is added, so that no part of the text
                belongs to one turn alone.
        """
        whole, found = self.render(messages, tools), []
        for place, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            before = self.render(messages[:place], tools, prompt=True)
            after = self.render(messages[: place + 1], tools)
            if not (after.startswith(before) and whole.startswith(after)):
                raise TrainingError(
                    "invalid_base_model",
                    "The base model's chat template cannot be masked: it rewrites earlier turns when a turn is added, "
                    "so the loss cannot be limited to the assistant's turns. Train rows with one assistant turn, or "
                    "use a template that marks the turns with {% generation %}.",
                    "model",
                )
            found.append(range(len(before), len(after)))
        return whole, found


def _refused(error: TemplateError) -> TrainingError:
    text = f"The base model's chat template refuses a row: {error}. Check the roles and their order."
    return TrainingError("invalid_training_file", text, "training_file")
