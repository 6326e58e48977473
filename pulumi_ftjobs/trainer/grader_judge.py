"""Model graders: a model behind a chat completions endpoint scores or labels the answer."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.request
from typing import Any

from .run_control import TrainingError

_ATTEMPTS, _TIMEOUT = 4, 120.0
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
KEY_VARIABLE = "FTJOBS_JUDGE_API_KEY"
"""The environment variable with the judge's API key; never written to a file."""

Json = dict[str, Any]


def score_of(url: str, grader: Json, messages: list[Json]) -> float:
    """The score that a model gives, kept within the grader's range and scaled to 0..1."""
    low, high = grader.get("range") or (0.0, 1.0)
    answer = _ask(url, grader, messages, f"Answer with one number from {low} to {high} and nothing else.")
    found = _NUMBER.findall(answer)
    if not found:
        raise _failed(f"the answer contains no number: {answer[:100]!r}")
    return (min(max(float(found[-1]), low), high) - low) / (high - low or 1.0)


def label_of(url: str, grader: Json, messages: list[Json]) -> str:
    """The label that a model chooses."""
    labels: list[str] = grader["labels"]
    answer = _ask(
        url, grader, messages, f"Answer with one of these labels and nothing else: {', '.join(labels)}."
    )
    exact = [label for label in labels if answer.strip().strip(".\"'").lower() == label.lower()]
    within = [label for label in labels if label.lower() in answer.lower()]
    return (exact or within or [""])[0]


def _ask(url: str, grader: Json, messages: list[Json], instruction: str) -> str:
    sampling = {k: v for k, v in (grader.get("sampling_params") or {}).items() if v is not None}
    body = {
        "model": grader["model"],
        "messages": [*messages, {"role": "system", "content": instruction}],
        **sampling,
    }
    request = urllib.request.Request(  # noqa: S310  -- the URL is the operator's, checked at the server's start
        f"{url.rstrip('/')}/chat/completions",
        json.dumps(body).encode(),
        {
            "content-type": "application/json",
            "authorization": f"Bearer {os.environ.get(KEY_VARIABLE, 'none')}",
        },
    )
    for attempt in range(_ATTEMPTS):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
                return str(json.load(response)["choices"][0]["message"]["content"] or "")
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise _failed(f"the judge answered {error.code}") from None
            reason = f"the judge answered {error.code}"
        except (OSError, ValueError, KeyError, IndexError) as error:
            reason = f"the judge did not answer: {type(error).__name__}"
        if attempt < _ATTEMPTS - 1:
            time.sleep(2**attempt)
    raise _failed(reason)


def _failed(why: str) -> TrainingError:
    return TrainingError("grader_error", f"The model grader failed: {why}.", "method.reinforcement.grader")
