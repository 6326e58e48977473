"""Following jobs and drawing their losses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pulumi_ftjobs.api.client import Client
from pulumi_ftjobs.cli.curves import by_step
from pulumi_ftjobs.cli.drawing import bar, chart, sparkline, svg
from tests.cli.conftest import Run
from tests.support.clients import Time, client
from tests.support.keys import KEY
from tests.support.rows import MODEL, upload
from tests.support.server import Server, running_server


def test_watching_jobs_that_succeed_ends_with_0(run: Run, asked: Server, job_id: str) -> None:
    asked.clock(mode="stepped", per_poll=3600)
    ended = run("watch", job_id)
    assert ended.code == 0
    assert ended.out.splitlines()[-1].startswith(f"{job_id}  succeeded: ft:")


def test_one_failure_among_the_watched_ends_with_1_and_says_why(
    run: Run, asked: Server, api: Client, job_id: str, training_file: str
) -> None:
    other = api.create_job({"model": MODEL, "training_file": training_file}).id
    asked.act(job_id, "fail", message="The rows are odd.", code="invalid_training_file")
    asked.act(other, "succeed")
    ended = run("watch", job_id, other, "--json")
    lines = {line["id"]: line for line in map(json.loads, ended.out.splitlines())}
    assert ended.code == 1
    assert lines[job_id]["error"]["message"] == "The rows are odd."
    assert lines[other]["status"] == "succeeded"


def test_ctrl_c_leaves_the_job_alone(asked: Server, job_id: str) -> None:
    command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "watch", job_id]
    with subprocess.Popen(
        command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert job_id in child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
    assert (child.returncode, err) == (130, "stopped watching; the jobs continue at the service\n")
    assert asked.job(job_id)["status"] == "validating_files"


def test_a_service_that_died_is_reported_at_the_first_look_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with running_server() as mortal:
        api = client(mortal.url, Time())
        job_id = api.create_job({"model": MODEL, "training_file": upload(api)}).id
        api.close()
        monkeypatch.setenv("OPENAI_BASE_URL", mortal.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        command = [sys.executable, "-m", "pulumi_ftjobs.cli.main", "watch", job_id]
        child = subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline().startswith(f"{job_id}  validating_files · ")
    with child:
        died = time.monotonic()
        reported = child.stdout.readline()
        child.send_signal(signal.SIGINT)
    assert reported.startswith(f"{job_id}  validating_files · ")
    assert " · service unreachable" in reported
    assert time.monotonic() - died < 5  # the retries of one look take longer


def test_a_plot_in_the_terminal_has_scale_and_legend(run: Run, asked: Server, job_id: str) -> None:
    asked.act(job_id, "succeed")
    shown = run("plot", job_id).out
    assert "train_loss" in shown
    assert shown.count("●") >= 3


def test_a_plot_as_svg_is_well_formed(run: Run, asked: Server, job_id: str, tmp_path: Path) -> None:
    asked.act(job_id, "succeed")
    picture = tmp_path / "loss.svg"
    assert run("plot", job_id, "--svg", str(picture), "--metric", "train_loss").code == 0
    root = ET.fromstring(picture.read_text())
    lines = root.findall(".//{http://www.w3.org/2000/svg}polyline")
    points = run("plot", job_id, "--metric", "train_loss", "--json").json["train_loss"]
    assert [len(line.attrib["points"].split()) for line in lines] == [len(points)]


def test_a_job_without_figures_says_so(run: Run, job_id: str) -> None:
    ended = run("plot", job_id)
    assert ended.code == 1
    assert "no such metric; it has no metrics yet" in ended.err


@pytest.mark.parametrize(
    ("values", "text"),
    [([], ""), ([1.0], "▄"), ([0, 7], "▁█"), ([0, float("nan"), 1], "▁█"), ([3, 2, 1, 0], "█▆▃▁")],
)
def test_a_sparkline(values: list[float], text: str) -> None:
    assert sparkline(values) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "░░░░"), (0.5, "██░░"), (1, "████"), (7, "████"), (-1, "░░░░")]
)
def test_a_bar(share: float, text: str) -> None:
    assert bar(share, 4) == text


@pytest.mark.parametrize("points", [[], [(1.0, 1.0)], [(1.0, 1.0), (2.0, 1.0)], [(1.0, 1e-9), (1000.0, 1e9)]])
def test_every_curve_can_be_drawn(points: list[tuple[float, float]]) -> None:
    assert len(chart({"loss": points}, 40, 8).splitlines()) == 11
    assert ET.fromstring(svg({"<loss>": points}, "a & b")) is not None


def test_a_chart_puts_the_highest_first() -> None:
    lines = chart({"loss": [(1, 4), (2, 3), (3, 2), (4, 1)]}, 4, 4).splitlines()
    assert lines[:4] == ["       4 ┤●", "         ┤ ●", "         ┤  ●", "       1 ┤   ●"]


def test_the_name_of_a_figure_cannot_move_a_cursor() -> None:
    assert list(by_step([{"step": 1, "\x1b[2Jloss": 1.0}])) == ["[2Jloss"]


def test_figures_are_read_by_step_and_the_newest_wins() -> None:
    metrics = [
        {"step": 2, "total_steps": 2, "train_loss": 0.5, "note": "x"},
        {"step": 1, "train_loss": 0.9},
        {"step": 2, "train_loss": 7.0},
        {"train_loss": 1.0},
        {"step": 3, "train_loss": float("nan")},
        None,
    ]
    assert by_step(metrics) == {"train_loss": [(1.0, 0.9), (2.0, 0.5)]}
