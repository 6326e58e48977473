"""`make demo` shows the whole life of a job, and leaves nothing running."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TIMEOUT = 120.0


class Demo:
    """A demo that runs in a copy of what it needs, with its output in a file."""

    def __init__(self, root: Path, search: str) -> None:
        (root / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "demo.py", root / "scripts")
        shutil.copytree(ROOT / "examples" / "quickstart", root / "examples" / "quickstart")
        self.out = root / "out.txt"
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(root / "scripts" / "demo.py")],
                cwd=root,
                env={**os.environ, "PATH": search, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.out.read_text()

    def wait_for(self, words: str) -> None:
        """Wait until the demo has printed these words."""
        deadline = time.monotonic() + TIMEOUT
        while words not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.05)

    def ends_with(self) -> int:
        return self.process.wait(TIMEOUT)

    def service_answers(self) -> bool:
        """Whether the service it started is still there."""
        (address,) = re.findall(r"listening on (http://\S+)/v1", self.text)
        try:
            urllib.request.urlopen(f"{address}/_ftjobs/clock", timeout=5).close()
        except urllib.error.URLError:
            return False
        return True


@pytest.fixture
def demos(tmp_path: Path) -> Iterator["list[Demo]"]:
    """Demos to clean up after, whatever a test found."""
    started: list[Demo] = []
    yield started
    for demo in started:
        if demo.process.poll() is None:
            os.killpg(demo.process.pid, signal.SIGKILL)
            demo.process.wait()


@pytest.fixture(scope="module")
def with_pulumi() -> str:
    """A search path with a Pulumi CLI."""
    script = [sys.executable, str(ROOT / "scripts" / "ensure_pulumi.py")]
    found = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]
    return f"{found}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.engine
def test_the_demo_trains_once_and_cleans_up(tmp_path: Path, with_pulumi: str, demos: list[Demo]) -> None:
    demo = Demo(tmp_path, with_pulumi)
    demos.append(demo)

    assert demo.ends_with() == 0, demo.text
    assert '"status": "succeeded"' in demo.text
    assert re.search(r'"fine_tuned_model": "ft:gpt-4\.1-mini-2025-04-14:\S+:stdlib:\w+"', demo.text)
    assert re.search(r"\d+/\d+ · .*loss \d", demo.text)
    assert "jobs at the service: 1; requests that asked for one: 1" in demo.text
    assert "4 unchanged" in demo.text
    assert "- 4 deleted" in demo.text
    assert "SIMULATED" in demo.text
    assert not demo.service_answers()


@pytest.mark.engine
@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_demo_that_is_stopped_half_way_stops_its_service(
    tmp_path: Path, with_pulumi: str, demos: list[Demo], stop: signal.Signals, code: int
) -> None:
    demo = Demo(tmp_path, with_pulumi)
    demos.append(demo)
    demo.wait_for("FineTuningJob stdlib created")

    if stop == signal.SIGINT:
        os.killpg(demo.process.pid, stop)  # as a terminal does: to Pulumi as well
    else:
        demo.process.send_signal(stop)

    assert demo.ends_with() == code, demo.text
    assert "Traceback" not in demo.text
    assert not demo.service_answers()


def test_a_demo_without_pulumi_says_so_and_stops_its_service(tmp_path: Path, demos: list[Demo]) -> None:
    demo = Demo(tmp_path, str(tmp_path))
    demos.append(demo)

    assert demo.ends_with() == 1, demo.text
    assert "there is no pulumi on PATH; `make demo` puts one there" in demo.text
    assert not demo.service_answers()
