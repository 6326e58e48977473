"""Rows as token ids and labels: the loss covers exactly the assistant's wanted turns, or the completion."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from .chat_rows import ChatRenderer, for_template, tools_of
from .run_control import TrainingError

IGNORED = -100
"""The label of a token that the loss leaves out."""
_MARKED = re.compile(r"\{%-?\s*generation\s*-?%\}")


@dataclass
class Encoded:
    """Encoded rows, and what had to be cut."""

    rows: list[dict[str, list[int]]] = field(default_factory=list)
    tokens: int = 0
    truncated: int = 0
    """Rows longer than the context, cut at its end."""
    dropped: int = 0
    """Rows of which nothing to learn was left."""


class RowEncoder:
    """Turns supervised rows into token ids with labels."""

    def __init__(self, tokenizer: Any, max_length: int, *, refuse_overlong: bool) -> None:
        self._tokenizer, self._max_length, self._refuse = tokenizer, max_length, refuse_overlong
        self._start = _start_tokens(tokenizer)

    def encode(self, rows: Iterable[dict[str, Any]], param: str) -> Encoded:
        """Encode all rows of a file.

        Raises:
            TrainingError: a row cannot be encoded; it names the line of the file.
        """
        result = Encoded()
        for line, row in enumerate(rows, 1):
            try:
                ids, labels = self._chat(row) if "messages" in row else self._completion(row)
            except TrainingError as error:
                raise TrainingError(error.code, f"line {line}: {error.message}", param) from None
            if len(ids) > self._max_length:
                self._overlong(line, len(ids), param)
                result.truncated += 1
                ids, labels = ids[: self._max_length], labels[: self._max_length]
            if all(label == IGNORED for label in labels):
                result.dropped += 1
                continue
            result.tokens += len(ids)
            result.rows.append({"input_ids": ids, "labels": labels})
        return result

    def _overlong(self, line: int, length: int, param: str) -> None:
        if self._refuse:
            text = f"line {line}: the row has {length} tokens; the context has {self._max_length}. Shorten the row."
            raise TrainingError("context_length_exceeded", text, param)

    def _chat(self, row: dict[str, Any]) -> tuple[list[int], list[int]]:
        messages, tools = row["messages"], tools_of(row)
        wanted = [m.get("weight", 1) != 0 for m in messages if m["role"] == "assistant"]
        renderer = ChatRenderer(self._tokenizer)
        if _MARKED.search(self._tokenizer.chat_template):
            return self._marked(messages, tools, wanted)
        text, turns = renderer.turns(messages, tools)
        return self._label(text, [turn for turn, want in zip(turns, wanted, strict=True) if want])

    def _marked(self, messages: list[Any], tools: Any, wanted: list[bool]) -> tuple[list[int], list[int]]:
        """The template itself says which tokens are the assistant's."""
        found = self._tokenizer.apply_chat_template(
            [for_template(message) for message in messages],
            tools=tools,
            tokenize=True,
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        ids, mask = list(found["input_ids"]), list(found["assistant_masks"])
        labels, turn = [], -1
        if sum(1 for value, _ in groupby(mask) if value) != len(wanted):
            text = "The chat template marks another number of assistant turns than the row has."
            raise TrainingError("invalid_base_model", text, "model")
        for value, group in groupby(zip(ids, mask, strict=True), key=lambda pair: pair[1]):
            turn += 1 if value else 0
            labels += [token if value and wanted[turn] else IGNORED for token, _ in group]
        return ids, labels

    def _completion(self, row: dict[str, Any]) -> tuple[list[int], list[int]]:
        prompt, completion = row["prompt"], row["completion"]
        span = range(len(prompt), len(prompt) + len(completion))
        ids, labels = self._label(prompt + completion, [span])
        ids, labels = [*self._start, *ids], [*[IGNORED] * len(self._start), *labels]
        end = self._tokenizer.eos_token_id
        return ([*ids, end], [*labels, end]) if end is not None else (ids, labels)

    def _label(self, text: str, spans: list[range]) -> tuple[list[int], list[int]]:
        """Token ids of a text; a token has a label where it lies in a span, whole."""
        found = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        labels = [
            token if any(span.start <= start < end <= span.stop for span in spans) else IGNORED
            for token, (start, end) in zip(found["input_ids"], found["offset_mapping"], strict=True)
        ]
        return list(found["input_ids"]), labels


def _start_tokens(tokenizer: Any) -> list[int]:
    """What the tokenizer puts before a text that is no conversation, such as a start token."""
    added = list(tokenizer("a")["input_ids"])
    bare = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    return added[: len(added) - len(bare)] if added[: len(bare)] != bare else []
