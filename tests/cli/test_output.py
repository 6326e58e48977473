"""What is printed outside a terminal: closed pipes, full disks, poor encodings, hostile words, large accounts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.cli.command_table import COMMANDS
from tests.cli.conftest import Run
from tests.support.rows import MODEL
from tests.support.server import Server, running_server

COMMAND = [sys.executable, "-m", "pulumi_ftjobs.cli.main"]
HOSTILE = "\x1b[2J\x9b31m\u202e</details>`@all`"


def test_a_reader_that_has_gone_ends_a_command_without_a_word(asked: Server, job_id: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, "list"], check=False, stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_a_full_disk_is_one_line(asked: Server, job_id: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "list"], check=False, stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert (done.returncode, done.stderr) == (1, b"ftjobs: No space left on device\n")


def test_a_plot_is_written_where_the_encoding_lacks_its_characters(asked: Server, job_id: str) -> None:
    asked.act(job_id, "succeed")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*COMMAND, "plot", job_id], check=False, env=environment, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"train_loss" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("plot", "ID", "--svg", "nowhere/loss.svg"),
        ("import", "ID", "--stack", "a/b/c", "--out", "nowhere/import.json"),
        ("pin", "nowhere.py"),
        ("review", "nowhere.json"),
        ("check", "nowhere.jsonl"),
        ("upload", "nowhere.jsonl"),
        ("check", "data.jsonl", "--validation", "nowhere.jsonl"),
    ],
    ids=" ".join,
)
def test_a_file_that_cannot_be_read_or_written_is_one_line(
    run: Run, asked: Server, job_id: str, data: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(data.parent)
    data.rename("data.jsonl")
    asked.act(job_id, "succeed")
    ended = run(*(job_id if word == "ID" else word for word in words))
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert ended.err.startswith("ftjobs: ")
    assert "nowhere" in ended.err


def test_a_program_that_is_no_text_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_bytes(b"\xff\xfe\x00")
    ended = run("pin", str(tmp_path / "__main__.py"))
    assert (ended.code, "is not a Python file in UTF-8" in ended.err) == (1, True)


@pytest.mark.parametrize(
    "words", [("get", "ID"), ("list",), ("query", "SELECT metadata FROM jobs")], ids=" ".join
)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_word_of_a_service_can_move_a_cursor(
    run: Run, api: Client, training_file: str, words: tuple[str, ...], as_json: bool
) -> None:
    body = {"model": MODEL, "training_file": training_file, "metadata": {"k": HOSTILE}}
    job_id = api.create_job(body).id
    ended = run(*(job_id if word == "ID" else word for word in words), *(["--json"] if as_json else []))
    assert ended.out.replace("\n", "").replace("\t", "").isprintable()
    if as_json and words[0] == "get":
        assert json.loads(ended.out)["metadata"]["k"] == HOSTILE


def test_a_command_loads_no_library_that_it_does_not_use() -> None:
    look = (
        "import sys; from pulumi_ftjobs.cli.main import main\n"
        "try: main(['review', sys.argv[1]])\n"
        "except SystemExit: print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    preview = Path(__file__).parents[1] / "review" / "previews" / "create.json"
    done = subprocess.run(
        [sys.executable, "-c", look, str(preview)], check=True, capture_output=True, text=True, timeout=60
    )
    heavy = {"pulumi", "rich", "httpx", "starlette", "uvicorn", "openai", "azure", "toktok_rs", "markdown_it"}
    assert heavy & set(done.stderr.split()) == set()


@pytest.mark.parametrize("words", [["--help"], ["--version"], []])
def test_the_help_of_all_imports_no_command_and_no_library_of_one(words: list[str]) -> None:
    look = (
        "import sys; from pulumi_ftjobs.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", look, *words], check=True, capture_output=True, text=True, timeout=60
    )
    loaded = set(done.stderr.split())
    assert not {name.partition(".")[0] for name in loaded} & {
        "pulumi",
        "rich",
        "httpx",
        "pydantic",
        "sqlite3",
    }
    assert {
        f"pulumi_ftjobs.cli.{row.function.partition(':')[0]}" for row in COMMANDS.values()
    } & loaded == set()


def test_completing_a_command_imports_none() -> None:
    look = (
        "import sys; from pulumi_ftjobs.cli.main import main\n"
        "try: main([])\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    asking = {"_FTJOBS_COMPLETE": "complete_bash", "COMP_WORDS": "ftjobs che", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", look],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **asking},
    )
    assert done.stdout.split() == ["checkpoints", "check"]
    assert "pulumi_ftjobs.cli.data_commands" not in done.stderr.split()


def test_options_of_a_command_are_completed() -> None:
    asking = {"_FTJOBS_COMPLETE": "complete_bash", "COMP_WORDS": "ftjobs list --st", "COMP_CWORD": "2"}
    done = subprocess.run(COMMAND, check=False, capture_output=True, text=True, env={**os.environ, **asking})
    assert done.stdout.split() == ["--status", "--stack", "--stack-config"]


def test_a_preview_is_read_from_stdin_as_other_programs_do() -> None:
    preview = (Path(__file__).parents[1] / "review" / "previews" / "create.json").read_bytes()
    reported = [
        subprocess.run(
            [*COMMAND, "review", *words], check=True, input=preview, capture_output=True, timeout=60
        )
        for words in ([], ["-"])
    ]
    assert reported[0].stdout.startswith(b"<!-- ftjobs-review -->")
    assert reported[0].stdout == reported[1].stdout


def test_the_version_is_reported(run: Run) -> None:
    assert run("--version").out == f"ftjobs {version('pulumi-ftjobs')}\n"


@pytest.mark.parametrize(
    ("kind", "rule", "advice"),
    [
        (
            "status",
            {"status": 401},
            "; check the key: OPENAI_API_KEY, or with --stack-config the stack's ftjobs:apiKey",
        ),
        ("status", {"status": 400}, "; `ftjobs get ID` shows how a job is now"),
        ("html", {"status": 200}, "; check that ftjobs:baseUrl is the root of an OpenAI-compatible API"),
    ],
)
def test_advice_is_for_this_command_and_not_for_pulumi(
    run: Run, asked: Server, kind: str, rule: dict[str, int], advice: str
) -> None:
    asked.fault(kind, "GET", "/fine_tuning/jobs", count=None, **rule)
    ended = run("get", "ftjob-1")
    assert advice in ended.err
    assert "--run-program" not in ended.err
    assert "declaration" not in ended.err


def test_ctrl_c_ends_a_statement_that_never_ends(asked: Server, job_id: str) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n, jobs"
    asked.clear_journal()
    with subprocess.Popen(
        [*COMMAND, "query", endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        while "GET /fine_tuning/jobs" not in asked.calls():
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(0.05)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.3)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (130, b"", b"")


@pytest.mark.slow
def test_an_account_of_thousands_of_jobs_is_listed_and_asked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [{"id": f"ftjob-{n:05}", "status": "cancelled", "metadata": {"n": str(n)}} for n in range(3000)]
    (tmp_path / "seed.json").write_text(json.dumps({"jobs": many}))
    with running_server("--seed", str(tmp_path / "seed.json")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-many")
        server.clear_journal()
        assert len({job["id"] for job in run("list", "--json").json}) == 3000
        assert len(server.calls()) == 30
        assert run("query", "SELECT count(*) FROM jobs", "--json").json == [{"count(*)": 3000}]
        server.clear_journal()
        assert len(run("list", "--limit", "5").lines) == 6
        assert len(server.calls()) == 1
