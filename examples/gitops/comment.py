"""Writes comment.md into the pull request (GitHub) or merge request (GitLab) of this pipeline.

A comment of the same account with the same first line is updated in place; else a new one is made. Reads the variables
that the pipeline sets, and GITHUB_TOKEN with PULL_REQUEST, or GITLAB_TOKEN.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

PAGE = 100


class GitHub:
    """Comments of a pull request."""

    change = "PATCH"

    def __init__(self, env: dict[str, str]) -> None:
        repository = f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}/issues"
        self.all = f"{repository}/{env['PULL_REQUEST']}/comments"
        self.one = f"{repository}/comments"
        self.headers = {"Authorization": f"Bearer {env['GITHUB_TOKEN']}"}

    def own(self, comment: dict[str, Any]) -> bool:
        """Whether a workflow wrote it. Anyone can write the first line, and edit their comment later."""
        return bool(comment["user"]["login"] == "github-actions[bot]")


class GitLab:
    """Notes of a merge request."""

    change = "PUT"

    def __init__(self, env: dict[str, str]) -> None:
        request = f"projects/{env['CI_PROJECT_ID']}/merge_requests/{env['CI_MERGE_REQUEST_IID']}"
        self.all = self.one = f"{env['CI_API_V4_URL']}/{request}/notes"
        self.headers = {"PRIVATE-TOKEN": env["GITLAB_TOKEN"]}
        self.me = call("GET", f"{env['CI_API_V4_URL']}/user", self.headers)["id"]

    def own(self, comment: dict[str, Any]) -> bool:
        """Whether the token's account wrote it."""
        return bool(comment["author"]["id"] == self.me)


def call(method: str, url: str, headers: dict[str, str], body: str | None = None) -> Any:
    """Ask the service; the answer's JSON."""
    data = None if body is None else json.dumps({"body": body}).encode()
    headers = headers | {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - the pipeline's own service
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def comments(place: GitHub | GitLab) -> Iterator[dict[str, Any]]:
    """All of them, page by page."""
    for number in count(1):
        page = call("GET", f"{place.all}?per_page={PAGE}&page={number}", place.headers)
        yield from page
        if len(page) < PAGE:
            return


def say(place: GitHub | GitLab, text: str) -> str:
    """Update the comment or make one; tells which."""
    marker = text.partition("\n")[0]
    for comment in comments(place):
        if place.own(comment) and comment["body"].partition("\n")[0].strip() == marker:
            call(place.change, f"{place.one}/{comment['id']}", place.headers, text)
            return "updated the comment"
    call("POST", place.all, place.headers, text)
    return "made a comment"


def main() -> int:
    """Run the script; returns the exit code."""
    env = dict(os.environ)
    try:
        text = Path("comment.md").read_text("utf-8")
        if text.strip():
            print(say(GitHub(env) if "GITHUB_API_URL" in env else GitLab(env), text))
        else:
            print("comment.md is empty: there was no preview to write about")
    except KeyError as missing:
        print(f"comment.py: the variable {missing.args[0]} is not set", file=sys.stderr)
    except urllib.error.HTTPError as error:
        print(f"comment.py: {error.url} answers {error.code}: may the token comment?", file=sys.stderr)
    except OSError as error:
        print(f"comment.py: {error}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
