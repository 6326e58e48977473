"""Makes the pictures of the README from real runs: a terminal session as SVG, the status page as PNG.

Needs `pulumi` on PATH (`make pulumi`) and, for the status page, Chromium. Starts the embedded API and stops it again.
"""

import contextlib
import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyte
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
FTJOBS = Path(sys.executable).with_name("ftjobs")
COLUMNS, ROWS = 112, 400
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>A terminal session: preview, train, change, list</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-family: ui-sans-serif, Arial, sans-serif; font-size: 16px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""
"""As rich draws it, without fonts from elsewhere."""


def main() -> int:
    """Make both pictures; returns the exit code."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, embedded_api() as url:
        project = Path(folder) / "support"
        environment = project_in(project, url)
        text = session(project, environment)
        console = Console(record=True, width=COLUMNS, file=io.StringIO())
        console.print(text)
        svg = console.export_svg(title="support", theme=MONOKAI, code_format=_SVG, unique_id="session")
        (PICTURES / "session.svg").write_text(svg, "utf-8")
        print("wrote docs/pictures/session.svg")
        run(["pulumi", "up", "--yes", "--skip-preview"], project, environment)
        screenshot(url)
    return 0


@contextlib.contextmanager
def embedded_api() -> Iterator[str]:
    """`ftjobs serve`, fast; yields its base URL."""
    command = [str(FTJOBS), "serve", "--port", "0", "--speed", "150"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()


def project_in(folder: Path, url: str) -> dict[str, str]:
    """The README's program as a project with a stack; returns the environment of its commands."""
    program = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert program is not None
    (folder / "data").mkdir(parents=True)
    (folder / "__main__.py").write_text(program[1], "utf-8")
    (folder / "Pulumi.yaml").write_text("name: support\nruntime: python\n", "utf-8")
    shutil.copy(ROOT / "examples/quickstart/data/stdlib.jsonl", folder / "data/support.jsonl")
    environment = os.environ | {
        "PATH": f"{FTJOBS.parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": f"file://{folder.parent}",
        "PULUMI_HOME": str(folder.parent / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "sk-test-anything",
        "TERM": "xterm-256color",
    }
    for words in (["stack", "init", "dev"], ["config", "set", "ftjobs:prices", '{"gpt-4.1-mini": 5}']):
        subprocess.run(["pulumi", *words], cwd=folder, env=environment, check=True, capture_output=True)
    return environment


def session(folder: Path, environment: dict[str, str]) -> Text:
    """What a user sees: preview, train, change the epochs, preview again, list."""
    shown = [
        shell("pulumi preview", run(["pulumi", "preview"], folder, environment)),
        shell("pulumi up", run(["pulumi", "up", "--yes", "--skip-preview"], folder, environment)),
    ]
    program = folder / "__main__.py"
    program.write_text(program.read_text("utf-8").replace("n_epochs=3", "n_epochs=4"), "utf-8")
    again = run(["pulumi", "preview"], folder, environment)
    shown.append(shell("sed -i s/n_epochs=3/n_epochs=4/ __main__.py && pulumi preview", again))
    shown.append(shell("ftjobs list", run([str(FTJOBS), "list", "--stack-config"], folder, environment)))
    return Text("\n").join(shown)


def shell(command: str, output: Text) -> Text:
    """A command line and what it printed."""
    return Text.assemble(("$ ", "bold green"), (command, "bold"), "\n", output, "\n")


def run(command: list[str], folder: Path, environment: dict[str, str]) -> Text:
    """Run a command in a terminal; what is on its screen at the end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    ) as child:
        os.close(slave)
        with contextlib.suppress(OSError):  # Linux says so when the other side is closed
            while new := os.read(master, 65536):
                stream.feed(new)
        os.close(master)
    if child.returncode:
        raise SystemExit(f"{command} exited with {child.returncode}:\n" + "\n".join(screen.display))
    lines = [line_of(screen, number) for number in range(ROWS)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return Text("\n").join(line for line in lines if line.plain.strip())


def line_of(screen: pyte.Screen, number: int) -> Text:
    """One line of a screen with its colours."""
    text = Text()
    for column in range(COLUMNS):
        char = screen.buffer[number][column]
        colour = {"default": "", "brown": "yellow"}.get(char.fg, char.fg)
        if re.fullmatch(r"[0-9a-f]{6}", colour):
            colour = f"#{colour}"
        colour = re.sub(r"^bright(?=[a-z])", "bright_", colour).replace("bright_brown", "bright_yellow")
        text.append(char.data, f"{'bold ' if char.bold else ''}{colour}".strip())
    text.rstrip()
    return text


def screenshot(url: str) -> None:
    """The status page, as a browser shows it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next((found for name in names if (found := shutil.which(name))), None)
    if browser is None:
        print("no Chromium here: docs/pictures/status-page.png is left as it is", file=sys.stderr)
        return
    page = url.removesuffix("/v1") + "/"
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert answer.status == 200
    target = PICTURES / "status-page.png"
    command = [browser, "--headless", "--no-sandbox", "--hide-scrollbars", "--virtual-time-budget=4000"]
    command += [f"--screenshot={target}", "--window-size=1280,860", page]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    time.sleep(0.1)
    print("wrote docs/pictures/status-page.png")


if __name__ == "__main__":
    sys.exit(main())
