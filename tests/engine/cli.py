"""The real Pulumi CLI on a project, a state and a separate home, with nothing left running afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.kept import Kept
from tests.support.keys import KEY, OTHER_KEY

MODEL = "gpt-4.1-mini-2025-04-14"
PROMPT = 120.0
"""Seconds any one command may take, and anything that is waited for."""
_TOTAL = re.compile(r"^ {4}(?:[-+~<>]{1,2} *)?(\d+) ((?:to )?[a-z]+)", re.MULTILINE)
_FLAGS = ("--color", "never", "--non-interactive")


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    command: str
    code: int
    text: str
    """Both streams, as a user reads them."""
    seconds: float = 0.0

    def ok(self) -> Result:
        """This result, of a command that must have worked."""
        assert self.code == 0, f"pulumi {self.command} exited with {self.code}\n{self.text}"
        return self

    def failed(self, *sentences: str) -> Result:
        """This result, of a command that must have failed in these words and without a traceback of ours."""
        assert self.code != 0, f"pulumi {self.command} should have failed\n{self.text}"
        for sentence in sentences:
            assert sentence in self.text, f"{sentence!r} is missing\n{self.text}"
        return self

    @property
    def totals(self) -> dict[str, int]:
        """The table under `Resources:`, e.g. {"created": 2, "unchanged": 1}; the stack itself counts too."""
        table = self.text.rpartition("Resources:\n")[2].partition("\n\n")[0]
        return {words: int(count) for count, words in _TOTAL.findall(table + "\n")}

    @property
    def json(self) -> Any:
        """What a `--json` command printed."""
        return json.loads(self.text[self.text.index("{") :])


class Running:
    """A command in progress, in a separate session so that its plugins are found when it is gone."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str], log: Path) -> None:
        self.command = " ".join(command[1:])
        self._log = log
        self._started = time.monotonic()
        with log.open("wb") as out:
            self._child = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The CLI's process."""
        return self._child.pid

    @property
    def text(self) -> str:
        """What it has printed so far."""
        return self._log.read_text(errors="replace")

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for something that this command brings about."""
        deadline = time.monotonic() + PROMPT
        while not condition():
            assert self._child.poll() is None, f"the command ended before {what}\n{self.text}"
            assert time.monotonic() < deadline, f"{what} never came\n{self.text}"
            time.sleep(0.05)

    def until_or_end(self, condition: Callable[[], object]) -> None:
        """Wait for something that this command may bring about, or for its end."""
        deadline = time.monotonic() + PROMPT
        while not condition() and self._child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)

    def finish(self) -> Result:
        """Wait for its end."""
        try:
            code = self._child.wait(PROMPT)
        except subprocess.TimeoutExpired:
            text = self.text
            self.stop()
            raise AssertionError(f"pulumi {self.command} did not end\n{text}") from None
        seconds = time.monotonic() - self._started
        self._kill_plugins()
        return Result(self.command, code, self.text, seconds)

    def interrupt(self) -> None:
        """Press Ctrl-C once."""
        self._child.send_signal(signal.SIGINT)

    def kill_cli(self) -> None:
        """kill -9 the CLI alone: its plugins live on."""
        self._child.kill()
        self._child.wait()

    def providers(self) -> list[int]:
        """The provider processes, one as a rule."""
        return [pid for pid, words in self._plugins() if "pulumi.dynamic" in words]

    def kill_provider(self) -> None:
        """kill -9 the provider process alone."""
        providers = self.providers()
        assert providers, "there is no provider process"
        for pid in providers:
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Leave nothing behind: the power cut."""
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        self._kill_plugins()

    def _kill_plugins(self) -> None:
        for pid, _words in self._plugins():
            with suppress(ProcessLookupError):  # it ended alone: nothing speaks to it any more
                os.kill(pid, signal.SIGKILL)

    def _plugins(self) -> list[tuple[int, str]]:
        return [(pid, words) for pid, words in _processes() if _session(pid) == self._child.pid]


class Stack:
    """One stack of one project."""

    def __init__(
        self,
        folder: Path,
        *,
        url: str,
        scope: str,
        project: str,
        stack: str,
        kept: Kept | None = None,
        backend: str = "",
    ) -> None:
        """`scope`: the service's project in which everything happens; `kept`: what other stacks left to reuse;
        `backend`: the URL of a backend that is no folder.
        """
        self.folder = folder / "project"
        self.backend = folder / "state"
        self.project, self.name = project, stack
        self._commands: list[Running] = []
        self._logs = folder / "logs"
        for new in (self.folder, self.backend, self._logs):
            new.mkdir(parents=True, exist_ok=True)
        self.environment = _sealed() | {
            "PULUMI_HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PULUMI_BACKEND_URL": backend or self.backend.as_uri(),
            "PULUMI_PYTHON_CMD": str(kept.python if kept else sys.executable),
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": url,
            "OPENAI_PROJECT_ID": scope,
        }
        (self.folder / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
        self._kept = kept
        self._new()
        self.rows()

    def _new(self) -> None:
        if self._kept:
            parts = {"project": self.folder, "state": self.backend}
            self._kept.new_stack(f"{self.project}-{self.name}", parts, self._init)
        else:
            self._init()

    def _init(self) -> None:
        self.run("stack", "init", self.name).ok()

    # -- the project -----------------------------------------------------------------------------

    def program(self, text: str, **values: object) -> None:
        """Set the program: imports come by themselves, `values` are its constants."""
        lines = ["import pulumi", "", "import pulumi_ftjobs as ft", "", f'MODEL = "{MODEL}"']
        lines += [f"{name} = {value!r}" for name, value in values.items()]
        (self.folder / "__main__.py").write_text("\n".join([*lines, "", text]))

    def rows(self, answer: str = "blue", name: str = "rows.jsonl") -> Path:
        """Write a training file of a dozen rows."""
        rows = [
            {
                "messages": [
                    {"role": "user", "content": f"Shade {n}?"},
                    {"role": "assistant", "content": answer},
                ]
            }
            for n in range(12)
        ]
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    def config(self, name: str, value: str, *, secret: bool = False) -> None:
        """Set one value of the stack's config: a secret with the CLI, another as a hand in the file."""
        if secret:
            self.run("config", "set", "--secret", name, value).ok()
            return
        file = self.folder / f"Pulumi.{self.name}.yaml"
        settings = yaml.safe_load(file.read_text())
        settings.setdefault("config", {})[name] = value
        file.write_text(yaml.safe_dump(settings))

    # -- commands --------------------------------------------------------------------------------

    def start(self, *words: str, **environment: str) -> Running:
        """Start a command and come back at once."""
        command = [
            "pulumi",
            words[0],
            *words[1:],
            *_FLAGS,
            *(["--stack", self.name] if _on_a_stack(words) else []),
        ]
        # Python tells a program from its compiled one by size and second, and two commands may fit into a second.
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)
        log = self._logs / f"{len(self._commands):02}-{words[0]}.log"
        running = Running(command, self.folder, self.environment | environment, log)
        self._commands.append(running)
        return running

    def run(self, *words: str, **environment: str) -> Result:
        """Run a command to its end."""
        return self.start(*words, **environment).finish()

    def up(self, *flags: str, **environment: str) -> Result:
        """`pulumi up`, without the preview before it."""
        return self.run("up", "--yes", "--skip-preview", *flags, **environment)

    def preview(self, *flags: str, **environment: str) -> Result:
        """`pulumi preview`."""
        return self.run("preview", *flags, **environment)

    def refresh(self, *flags: str, **environment: str) -> Result:
        """`pulumi refresh`."""
        return self.run("refresh", "--yes", "--skip-preview", *flags, **environment)

    def destroy(self, *flags: str, **environment: str) -> Result:
        """`pulumi destroy`."""
        return self.run("destroy", "--yes", "--skip-preview", *flags, **environment)

    def unlock(self) -> None:
        """`pulumi cancel`, what a user does after a kill -9."""
        self.run("cancel", "--yes").ok()

    # -- the state -------------------------------------------------------------------------------

    def resources(self, kind: str = "FineTuningJob") -> dict[str, dict[str, Any]]:
        """The state's resources of one kind by name, read from the backend's file."""
        found = [r for r in self._entries() if r["type"].endswith(f":{kind}")]
        return {r["urn"].rpartition("::")[2]: r for r in found if not r.get("delete")}

    def ids(self) -> dict[str, str]:
        """The id of every resource in the state that has one, by URN."""
        return {r["urn"]: r["id"] for r in self._entries() if r.get("id") and not r.get("delete")}

    def _entries(self) -> list[dict[str, Any]]:
        """Everything in the state, replaced resources that wait for their deletion included."""
        if self.environment["PULUMI_BACKEND_URL"].startswith("file:"):
            state = json.loads(self.state_file.read_text())["checkpoint"]["latest"] or {}
        else:
            state = self.run("stack", "export").ok().json["deployment"]
        return state.get("resources") or []

    def job(self, name: str = "a") -> dict[str, Any]:
        """The outputs of a job in the state."""
        return dict(self.resources()[name]["outputs"])

    def job_id(self, name: str = "a") -> str:
        """The id of a job in the state."""
        return str(self.resources()[name]["id"])

    @property
    def state_file(self) -> Path:
        """Where the backend keeps this stack."""
        return self.backend / ".pulumi" / "stacks" / self.project / f"{self.name}.json"

    def lose_the_state(self) -> None:
        """Delete the stack's state and make an empty stack of the same name."""
        for leftover in self.state_file.parent.glob(f"{self.name}.json*"):
            leftover.unlink()
        self.run("stack", "init", self.name).ok()

    def rename(self, name: str) -> None:
        """`pulumi stack rename`."""
        self.run("stack", "rename", name, "--stack", self.name).ok()
        self.name = name

    def files_that_hold(self, text: str) -> list[str]:
        """Files of the backend and of the commands' output with this text in clear."""
        folders = (self.backend, self._logs)
        return [
            str(path.relative_to(folder))
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()
        ]

    def close(self) -> None:
        """End whatever still runs."""
        for running in self._commands:
            running.stop()


@contextmanager
def closing(stack: Stack) -> Iterator[Stack]:
    """A stack whose processes end with the block, and whose files hold the key nowhere."""
    try:
        yield stack
    finally:
        stack.close()
    for key in (KEY, OTHER_KEY):
        assert not stack.files_that_hold(key), "a key lies in clear"


def _on_a_stack(words: tuple[str, ...]) -> bool:
    """Whether a command works on the stack, rather than making, choosing or renaming one."""
    if words[:2] == ("state", "move") or words[0] == "package":
        return False
    return words[0] != "stack" or words[1] in {"export", "import", "output", "history"}


def _sealed() -> dict[str, str]:
    """An environment without anybody's login, keys or settings, that finds this Python first."""
    private = ("PULUMI_", "OPENAI_", "AZURE_", "FTJOBS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    environment.pop("VIRTUAL_ENV", None)
    return environment | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "GOGC": "400",  # a command is over before its garbage matters
    }


def _processes() -> list[tuple[int, str]]:
    """Every process: pid and command line."""
    proc = Path("/proc")
    if not (proc / "self" / "cmdline").exists():
        lines = subprocess.run(
            ["ps", "-axo", "pid=,args="], capture_output=True, text=True, check=True
        ).stdout
        return [
            (int(pid), words)
            for pid, _, words in (line.strip().partition(" ") for line in lines.splitlines())
        ]
    found = []
    for entry in proc.iterdir():
        try:
            if entry.name.isdigit():
                found.append(
                    (int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
                )
        except OSError:
            continue
    return found


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0
