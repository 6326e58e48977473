"""A model that is really trained, from plan to answer: `make train-demo` runs it.

Starts `ftjobs serve --trainer trl` with a tiny base model (or yours), runs `pulumi up` of examples/train-for-real,
draws the loss, asks the model, shows that a second `up` trains nothing, and destroys. What it makes is in .train-demo.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo import StepFailed, address, heading

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".train-demo"
PROJECT = WORK / "train-for-real"
QUESTION = "What is bisect.insort?"


def main() -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train_python", type=Path, help="the Python of the trainer's environment")
    parser.add_argument(
        "--base-model", metavar="NAME=FOLDER", help="train this model instead of the tiny one"
    )
    options = parser.parse_args()
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        fresh_folder()
        base = options.base_model or f"tiny={tiny_base(options.train_python)}"
        with server(base, options.train_python) as url:
            train(url, base, options.train_python, tiny=options.base_model is None)
    except StepFailed as failure:
        print(f"\nThe demo stopped: {failure}", file=sys.stderr)
        return 1
    print(f"\nDone in {time.monotonic() - started:.0f} s. The model and the log are in .train-demo.")
    return 0


def fresh_folder() -> None:
    """Make .train-demo again, with a copy of the example."""
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "state").mkdir(parents=True)
    ignored = shutil.ignore_patterns("Pulumi.*.yaml", ".state", "__pycache__")
    shutil.copytree(ROOT / "examples/train-for-real", PROJECT, ignore=ignored)


def tiny_base(python: Path) -> Path:
    """Make the tiny base model: real training, untrained base."""
    heading(
        "1. A base model of 170 000 random weights: the training is real, the model has learned nothing yet."
    )
    folder = WORK / "tiny"
    rows = PROJECT / "data/train.jsonl"
    run([str(python), str(ROOT / "scripts/tiny_base.py"), str(folder), str(rows)], quiet=True)
    return folder


@contextmanager
def server(base: str, python: Path) -> Iterator[str]:
    """Run the server that trains; yields its address."""
    heading("2. The server: one process per job, on this machine.")
    command = ["serve", "--port", "0", "--store", ".train-demo/jobs.sqlite", "--trainer", "trl", "--base-model", base,
               "--train-python", str(python)]  # fmt: skip
    print(f"   $ ftjobs {' '.join(command)}", flush=True)
    log = WORK / "server.log"
    environment = os.environ | {
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")
    }  # best for a tiny model
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pulumi_ftjobs.cli.main", *command],
            cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True,
        )  # fmt: skip
    try:
        yield address(process, log)
    finally:
        process.terminate()
        process.wait()


def train(url: str, base: str, python: Path, *, tiny: bool) -> None:
    """Run every step against the server."""
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PULUMI_", "OPENAI_", "FTJOBS_"))
        },
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_HOME": str(WORK / "pulumi-home"),
        "PULUMI_BACKEND_URL": (WORK / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_OPTION_SUPPRESS_PROGRESS": "true",
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "sk-train-demo",
    }
    environment.pop("VIRTUAL_ENV", None)
    heading(
        "3. The training: uploads the rows, submits the job, waits for the model, checks its validation loss."
    )
    run(["pulumi", "stack", "init", "demo"], environment, quiet=True)
    settings = {"ftjobs:baseUrl": url, "baseModel": base.partition("=")[0]}
    learning = {"tuning": "full", "epochs": "6", "rate": "200", "worstLoss": "5.6"}
    settings |= learning if tiny else {"rate": "1", "worstLoss": "100"}
    for name, value in settings.items():
        run(["pulumi", "config", "set", name, value], environment, quiet=True)
    run(["pulumi", "config", "set", "--secret", "ftjobs:apiKey", "sk-train-demo"], environment, quiet=True)
    run(["pulumi", "up", "--yes", "--skip-preview"], environment)
    heading("4. The losses: of the training rows, and of rows that were not trained.")
    job = output_of(["ftjobs", "list", "-o", "name"], environment).split()[0]
    run(["ftjobs", "plot", job], environment)
    words = " A tiny model learns frequent words, not sentences." if tiny else ""
    heading(f"5. The model: downloaded, and asked the same as its base.{words}")
    name = output_of(["pulumi", "stack", "output", "fine_tuned_model"], environment)
    run(["ftjobs", "model", "pull", name, str(WORK / "model")], environment)
    run(
        [
            str(python),
            str(ROOT / "scripts/ask_model.py"),
            base.partition("=")[2],
            str(WORK / "model"),
            QUESTION,
        ]
    )
    heading("6. The same update again: nothing has changed, so nothing is trained.")
    run(["pulumi", "up", "--yes", "--skip-preview"], environment)
    if len(output_of(["ftjobs", "list", "-o", "name"], environment).split()) != 1:
        raise StepFailed("there should be exactly one job after two updates")
    heading("7. The end: the stack is destroyed; the model stays at the server until it is deleted.")
    run(["pulumi", "destroy", "--yes", "--skip-preview"], environment)


def run(command: list[str], environment: dict[str, str] | None = None, *, quiet: bool = False) -> None:
    """Show a command and run it in the project's folder; quiet: only what fails is shown."""
    if not quiet:
        print(f"   $ {' '.join([Path(command[0]).name, *command[1:]])}", flush=True)
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment,
        capture_output=quiet,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise StepFailed(
            f"`{' '.join(command)}` exited with {done.returncode}\n{(done.stderr or '')[-1500:]}"
        )


def output_of(command: list[str], environment: dict[str, str]) -> str:
    """What a command prints."""
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise StepFailed(f"`{' '.join(command)}` exited with {done.returncode}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
