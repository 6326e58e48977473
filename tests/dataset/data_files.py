"""Files and rows for these tests."""

import json

USER = {"role": "user", "content": "Hi"}
ANSWER = {"role": "assistant", "content": "Hello"}


def chat(*messages, **more):
    """A chat row; without messages the plainest one."""
    return {"messages": list(messages) or [USER, ANSWER], **more}


def numbered_rows(count=10):
    """Rows that are all different and without a mistake."""
    return [chat({"role": "user", "content": f"Question {n}"}, ANSWER) for n in range(count)]


def lines(*rows):
    """Rows (or ready lines as str or bytes) as the bytes of a file."""
    texts = [row if isinstance(row, (str, bytes)) else json.dumps(row) for row in rows]
    return b"".join((text.encode() if isinstance(text, str) else text) + b"\n" for text in texts)
