"""Edits to a Python source, so that a reviewer sees no other change. Pure."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Node = ast.expr | ast.keyword
_REST: Final = re.compile(rb"[ \t]*(,?)[ \t]*(?:#.*)?")
"""What may follow the last argument on its line when the bracket closes on another one."""


@dataclass(frozen=True)
class Edit:
    """New text for a range, in bytes of UTF-8."""

    start: int
    end: int
    text: bytes


class SourceText:
    """A source with the parser's positions: lines, and columns in bytes of UTF-8."""

    def __init__(self, source: str) -> None:
        self._content = source.encode()
        self._newline = b"\r\n" if "\r\n" in source else b"\n"
        self._starts = [0]
        for line in self._content.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def edited(self, edits: Sequence[Edit]) -> str:
        """The source after all edits."""
        content = self._content
        for edit in sorted(edits, key=lambda one: one.start, reverse=True):
            content = content[: edit.start] + edit.text + content[edit.end :]
        return content.decode()

    def replaced(self, node: Node, text: str) -> Edit:
        """`text` instead of `node`."""
        return Edit(self._start(node), self._end(node), text.encode())

    def has_comment(self, node: Node) -> bool:
        """Whether `node` contains a comment, which replacing it would lose."""
        inside = b"(" + self._content[self._start(node) : self._end(node)] + b")"
        return any(token.type == tokenize.COMMENT for token in tokenize.tokenize(io.BytesIO(inside).readline))

    def added(self, call: ast.Call, words: Sequence[str]) -> Edit:
        """New keywords after the last argument: on separate lines where it has one, below its comment."""
        arguments: list[Node] = [*call.args, *call.keywords]
        if not arguments:
            place = self._end(call) - 1
            return Edit(place, place, ", ".join(words).encode())
        last = max(arguments, key=self._end)
        place = self._end(last)
        if not _on_separate_line(last, call, arguments):
            return Edit(place, place, "".join(f", {word}" for word in words).encode())
        indent = self._content[self._starts[last.lineno - 1] : self._start(last)]
        between = self._newline + (indent if indent.isspace() else b" " * len(indent))
        line_end = self._starts[self._last_line(last)]
        rest = self._content[place:line_end].rstrip(b"\r\n")
        form = _REST.fullmatch(rest)
        if form is None:  # the bracket closes on this line
            return Edit(place, place, b"".join(b"," + between + word.encode() for word in words))
        below = between + (b"," + between).join(word.encode() for word in words)
        text = rest + below + b"," if form[1] else b"," + rest + below
        return Edit(place, place + len(rest), text)

    def _start(self, node: Node) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: Node) -> int:
        return self._starts[self._last_line(node) - 1] + (node.end_col_offset or 0)

    def _last_line(self, node: Node) -> int:
        return node.end_lineno or node.lineno


def _on_separate_line(last: Node, call: ast.Call, arguments: Sequence[Node]) -> bool:
    """Whether no other argument shares a line with the last one."""
    return last.lineno != call.lineno and all(
        one is last or last.lineno not in {one.lineno, one.end_lineno} for one in arguments
    )
