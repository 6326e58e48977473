"""Reports words that the project does not use: plain_words.txt lists them with what to say instead.

Reads code, messages, docs and tests: every text file that git keeps or would keep. A line with `plain-words: allow`
is skipped, for text that quotes others.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_name("plain_words.txt")
ALLOWED = "plain-words: allow"
SUFFIXES = {".py", ".md", ".sh", ".yml", ".yaml", ".toml", ".html", ".ts", ""}
SKIPPED = ("tests/recorded/", "examples/quickstart/data/", "LICENSE")
"""Recorded output and training data: they are what they are."""


class Rule(NamedTuple):
    """One pattern and what to write instead."""

    pattern: re.Pattern[str]
    instead: str


class Match(NamedTuple):
    """One match."""

    file: str
    line: int
    text: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text!r}; say: {self.instead}"


def rules() -> list[Rule]:
    """The rules of the list."""
    lines = (line.strip() for line in LIST.read_text("utf-8").splitlines())
    pairs = [line.rpartition(" -> ") for line in lines if line and not line.startswith("#")]
    return [Rule(re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), instead) for pattern, _, instead in pairs]


def matches(file: str, text: str, checked: list[Rule]) -> list[Match]:
    """Every match in one file."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if ALLOWED not in line:
            plain = line.replace("_", " ")
            found += [
                Match(file, number, match[0], rule.instead)
                for rule in checked
                for match in rule.pattern.finditer(plain)
            ]
    return found


def files() -> list[str]:
    """The text files of the project."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(
        name
        for name in set(listed)
        if name
        and Path(name).suffix in SUFFIXES
        and not name.startswith(SKIPPED)
        and (ROOT / name).is_file()
        and (ROOT / name) not in {LIST, Path(__file__).resolve()}
    )


def main(chosen: list[str]) -> int:
    """Check the files under the chosen folders, by default all; returns the exit code."""
    checked = rules()
    found = [
        one
        for file in files()
        if not chosen or file.startswith(tuple(chosen))
        for one in matches(file, (ROOT / file).read_text("utf-8", "replace"), checked)
    ]
    for one in found:
        print(one)
    if found:
        print(f"{len(found)} words that scripts/plain_words.txt replaces")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
