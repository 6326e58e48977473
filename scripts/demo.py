"""The whole life of a fine-tuning job on this machine: `make demo` runs it.

Starts the simulated service, then plans, trains, shows that nothing trains twice, and destroys; says before each
step what happens and with which command. Everything it makes lies in .demo, and what it starts it stops.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / ".demo"
PROJECT = DEMO / "quickstart"
LANGUAGES = {"python": ("quickstart", "__main__.py"), "yaml": ("yaml-quickstart", "Pulumi.yaml")}
"""By language: the example that is copied, and the file that is its program."""
SPEED = 100  # a job of some minutes in some seconds
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class StepFailed(Exception):
    """A step did not work; the text says which and where to look."""


def heading(text: str) -> None:
    """Print what happens next."""
    print(f"\n{'-' * 78}\n{text}\n", flush=True)


def main() -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", nargs="?", default="python", choices=sorted(LANGUAGES))
    example, program_file = LANGUAGES[parser.parse_args().language]
    print(
        "pulumi-ftjobs: a fine-tuning job as infrastructure, from plan to destroy, in about half a minute.\n\n"
        "The service is SIMULATED and runs on this machine: no model is trained, no API key is needed,\n"
        "nothing leaves the machine and nothing is billed. Lines that begin with $ are the commands it runs."
    )
    started = time.monotonic()
    # A plain kill shall stop what was started as Ctrl-C does; a shell's background job has Ctrl-C switched off.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with only_one_demo():
            fresh_folder(example)
            with service() as url:
                life_of_a_job(url, f"examples/{example}/{program_file}")
    except StepFailed as failure:
        print(f"\nThe demo stopped: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the simulated service is stopped too.", file=sys.stderr)
        return 130
    print(f"The simulated service is stopped. The demo took {time.monotonic() - started:.0f} s.")
    return 0


def life_of_a_job(url: str, original: str) -> None:
    """Run every step against the service at `url`; `original` is the program that was copied."""
    environment = pulumi_environment()
    heading(
        "2. A stack: one instance of the project, with its settings and its state.\n"
        "   Here the state is kept in a folder; the settings say where the service is and which key to use."
    )
    print(f"   The program is a copy of {original}:\n\n{program(Path(original).name)}")
    pulumi(environment, "stack", "init", "demo")
    pulumi(environment, "config", "set", "ftjobs:baseUrl", url)
    pulumi(environment, "config", "set", "--secret", "ftjobs:apiKey", "sk-test-demo")

    heading(
        "3. The plan: what would be made (+), before anything is; a reviewer reads this in the pull request.\n"
        "   It is made offline: the rows and tokens are counted here. [unknown] is what only the training tells."
    )
    pulumi(environment, "preview", "--diff")

    heading(
        "4. The update: uploads the file, submits the job, and waits for the model.\n"
        "   Ctrl-C would end the waiting, not the job: the next `pulumi up` picks it up again."
    )
    pulumi(environment, "up", "--yes", "--skip-preview")
    print_outputs(environment)

    heading("5. The same update again: nothing has changed, so nothing is trained and nothing is paid twice.")
    pulumi(environment, "up", "--yes", "--skip-preview")
    print_census(url)

    heading(
        "6. The end: a job that still ran would be cancelled now; this one is over, so it is only forgotten.\n"
        "   The model it made stays at the service."
    )
    pulumi(environment, "destroy", "--yes", "--skip-preview")

    heading(
        "Done. To do it by hand, or with a real service: "
        f"{Path(original).parent}/README.md\n"
        "What the demo made lies in .demo (`make clean` removes it)."
    )


def program(name: str) -> str:
    """Return the program's text, indented."""
    lines = (PROJECT / name).read_text().splitlines()
    return "".join(f"     {line}".rstrip() + "\n" for line in lines)


def pulumi_environment() -> dict[str, str]:
    """Return an environment in which Pulumi sees neither the user's login nor the user's keys."""
    private = ("PULUMI_", "OPENAI_", "AZURE_OPENAI_", "FTJOBS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    environment.pop("VIRTUAL_ENV", None)
    return environment | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}",
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_HOME": str(DEMO / "pulumi-home"),
        "PULUMI_BACKEND_URL": (DEMO / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_OPTION_SUPPRESS_PROGRESS": "true",  # rows of dots where the output is no terminal
    }


def pulumi(environment: dict[str, str], *arguments: str) -> None:
    """Show a pulumi command and run it in the project's folder, its output straight to the user.

    Raises:
        StepFailed: it does not start, or fails.
    """
    print(f"   $ pulumi {' '.join(arguments)}", flush=True)
    try:
        process = subprocess.Popen(["pulumi", *arguments], cwd=PROJECT, env=environment)
    except FileNotFoundError:
        raise StepFailed("there is no pulumi on PATH; `make demo` puts one there") from None
    # A second Ctrl-C would cut off Pulumi's saving of what it knows.
    with stopped_at_the_end(process, grace=STOP_SECONDS):
        if process.wait():
            raise StepFailed(
                f"`pulumi {' '.join(arguments)}` exited with {process.returncode}, see above; "
                "what the service says is in .demo/service.log"
            )


def print_outputs(environment: dict[str, str]) -> None:
    """Print what the program exports, as other programs would read it."""
    command = ["pulumi", "stack", "output", "--json"]
    print(f"   $ {' '.join(command)}", flush=True)
    answer = subprocess.run(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if answer.returncode:
        raise StepFailed("the outputs of the stack cannot be read")
    print(answer.stdout)
    outputs = json.loads(answer.stdout)
    if outputs.get("status") != "succeeded":
        raise StepFailed(f"the job should have succeeded, but is {outputs.get('status')!r}")


def print_census(url: str) -> None:
    """Print how many jobs the service has, and how often it was asked to create one.

    Raises:
        StepFailed: not exactly one.
    """
    service_root = url.removesuffix("/v1")
    print(f"   $ curl -s {service_root}/_ftjobs/jobs    # the simulated service's own books")
    jobs = ask(f"{service_root}/_ftjobs/jobs")["data"]
    requests = ask(f"{service_root}/_ftjobs/journal")["requests"]
    created = sum(
        request["method"] == "POST" and request["path"].endswith("/fine_tuning/jobs") for request in requests
    )
    print(f"     jobs at the service: {len(jobs)}; requests that asked for one: {created}")
    if (len(jobs), created) != (1, 1):
        raise StepFailed("there should be exactly one job after two updates")


def ask(url: str) -> Any:
    """Return the JSON that the simulated service answers."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


@contextlib.contextmanager
def service() -> Iterator[str]:
    """Run the simulated service; yields its address, and stops it whatever happens.

    Raises:
        StepFailed: it does not start.
    """
    heading(f"1. The simulated service, {SPEED} times faster than a real one, on a free port.")
    command = ["serve", "--port", "0", "--speed", str(SPEED), "--store", str(DEMO / "service.sqlite")]
    print(f"   $ ftjobs serve --port 0 --speed {SPEED} --store .demo/service.sqlite", flush=True)
    log = DEMO / "service.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pulumi_ftjobs.cli.main", *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches Pulumi first, which may still want to talk to the service
        )
        with stopped_at_the_end(process):
            url = address(process, log)
            print(f"     listening on {url}")
            yield url


def address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Wait until the service says where it listens.

    Raises:
        StepFailed: it ended, or said nothing for too long.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith("listening on "):
                return line.removeprefix("listening on ")
        time.sleep(0.05)
    raise StepFailed(f"the simulated service did not start:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def stopped_at_the_end(process: "subprocess.Popen[bytes]", grace: float = 0) -> Iterator[None]:
    """Leave no process behind: ask it to stop as Ctrl-C would, and end it if it does not.

    grace: seconds to wait first after Ctrl-C, for a process that the terminal stops as well.
    """
    try:
        yield
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
        raise
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def only_one_demo() -> Iterator[None]:
    """Hold the folder .demo.

    Raises:
        StepFailed: another demo runs in it.
    """
    DEMO.mkdir(exist_ok=True)
    folder = os.open(DEMO, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise StepFailed("another `make demo` is running in this folder") from None
    finally:
        os.close(folder)


def fresh_folder(example: str) -> None:
    """Empty .demo and put a copy of the example there, so that the example itself stays as it is."""
    for entry in DEMO.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    (DEMO / "state").mkdir()
    shutil.copytree(
        ROOT / "examples" / example,
        PROJECT,
        ignore=shutil.ignore_patterns("Pulumi.*.yaml", ".state", "__pycache__"),
    )
    if example == LANGUAGES["yaml"][0]:
        # Found on PATH as well, but then every command begins with a warning that it was.
        folder = json.dumps(str(Path(sys.executable).parent))
        with (PROJECT / "Pulumi.yaml").open("a") as program:
            program.write(f"plugins:\n  providers:\n    - name: ftjobs\n      path: {folder}\n")


if __name__ == "__main__":
    sys.exit(main())
