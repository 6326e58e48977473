"""What the program reads of the stack's state: once, for every caller, with secrets unwrapped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.resources.runtime.stack_state import Place, StackState
from tests.resources.programs import Engine, in_a_program

PLACE = Place("organization", "project", "stack")
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": {"a": 1.0}}


def test_many_threads_read_it_once() -> None:
    engine = Engine()
    engine.state = {"urn:a": {"seed": 1}}
    state = StackState(engine.Invoke, PLACE)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _number: set(state.by_urn()), range(32)))
    assert found == [{"urn:a"}] * 32
    assert engine.names == ["organization/project/stack"]


def test_a_resource_is_found_under_the_first_urn_that_exists_as_plain_values() -> None:
    engine = Engine()
    engine.state = {"urn:older": {"seed": 1, "metadata": SECRET}}
    state = StackState(engine.Invoke, PLACE)
    found = in_a_program(lambda: state.recorded(["urn:new", "urn:older"]))
    assert found == {"seed": 1, "metadata": {"a": 1}}
    assert in_a_program(lambda: state.recorded(["urn:new"])) is None


def test_a_state_that_cannot_be_read_is_the_same_error_for_everybody() -> None:
    engine = Engine()
    engine.refuses = ("organization/project/stack", "stack")
    state = StackState(engine.Invoke, PLACE)
    for _ in range(2):
        with pytest.raises(FtjobsError, match=r"could not be read \(no such stack\)"):
            state.by_urn()
    assert len(engine.names) == 2
