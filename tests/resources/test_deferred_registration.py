"""What the program answers itself while a first model does not exist: the corners of it, without an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from pulumi_ftjobs.resources.runtime.deferred_registration import DeferredRegistration, urn_of
from pulumi_ftjobs.resources.runtime.sdk import UNKNOWN_TEXT as UNKNOWN
from pulumi_ftjobs.resources.runtime.sdk import OutputsRequest
from pulumi_ftjobs.resources.runtime.sdk import RegisterRequest as Request
from pulumi_ftjobs.resources.runtime.stack_state import Place, StackState
from pulumi_ftjobs.resources.runtime.wait_registry import ProgramLoop
from tests.resources.programs import Engine

MODEL = "pulumi-python:dynamic/ftjobs:FineTunedModel"
PLACE = Place("organization", "project", "stack")
STACK = "urn:pulumi:stack::project::pulumi:pulumi:Stack::project-stack"
TEAM = "urn:pulumi:stack::project::team:index:Team::a"


@pytest.fixture
def engine() -> Engine:
    return Engine()


class Program:
    """The registrations of a program, on their way to the engine."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._deferred = DeferredRegistration(StackState(engine.Invoke, PLACE), ProgramLoop(loop))

    def register(self, request: Request) -> Any:
        return self._deferred.register(request, self._engine.RegisterResource)

    def register_outputs(self, request: Any) -> Any:
        return self._deferred.register_outputs(request, self._engine.RegisterResourceOutputs)


@pytest.fixture
def program(engine: Engine) -> Iterator[Program]:
    loop = asyncio.new_event_loop()
    yield Program(engine, loop)
    loop.close()


def model(name: str = "m", **program: Any) -> Request:
    request = Request(type=MODEL, name=name, custom=True, parent=STACK)
    request.object.update(
        {"__program": {"hold": "job ftjob-1 is running", "hold_code": "unfinished", **program}}
    )
    return request


def app(**more: Any) -> Request:
    return Request(**{"type": "shop:index:App", "name": "app", "custom": True, "parent": STACK, **more})


def uses(model_urn: str) -> dict[str, Any]:
    return {
        "dependencies": [model_urn],
        "propertyDependencies": {"env": Request.PropertyDependencies(urns=[model_urn])},
    }


MODEL_URN = urn_of(model(), PLACE)


def test_an_update_without_a_held_model_reads_no_state(engine: Engine, program: Program) -> None:
    program.register(app())
    assert (len(engine.registered), engine.names) == (1, [])


@pytest.mark.parametrize(
    ("hidden", "reached"),
    [
        ({}, False),
        ({"hold": False, "hold_code": None}, True),
        ({"hold_code": "failed"}, True),
        ({"hold_code": "interrupted"}, True),
    ],
    ids=["running", "succeeded", "failed", "given up"],
)
def test_only_a_first_model_whose_job_runs_on_is_left_out(
    engine: Engine, program: Program, hidden: dict[str, Any], reached: bool
) -> None:
    answer = program.register(model(**hidden))
    assert bool(engine.registered) is reached
    assert answer.unknown is not reached
    assert answer.urn == MODEL_URN


@pytest.mark.parametrize(
    "tie",
    [
        {"dependencies": [MODEL_URN]},
        {"propertyDependencies": {"env": Request.PropertyDependencies(urns=[MODEL_URN])}},
        {"parent": MODEL_URN},
        {"provider": f"{MODEL_URN}::some-id"},
        {"providers": {"shop": f"{MODEL_URN}::some-id"}},
        {"deletedWith": MODEL_URN},
        {"replace_with": [MODEL_URN]},
    ],
    ids=lambda tie: next(iter(tie)),
)
def test_whatever_needs_it_in_any_way_is_left_out_too(
    engine: Engine, program: Program, tie: dict[str, Any]
) -> None:
    program.register(model())
    assert program.register(app(**tie)).unknown
    assert engine.registered == []


def test_what_is_in_the_state_already_keeps_the_input_and_names_nothing_that_is_missing(
    engine: Engine, program: Program
) -> None:
    engine.state = {urn_of(app(), PLACE): {}}
    program.register(model())
    other = "urn:pulumi:stack::project::shop:index:Net::net"
    ties = uses(MODEL_URN)
    ties["dependencies"].append(other)
    program.register(app(**ties))
    (request,) = engine.registered
    assert list(request.ignoreChanges) == ['["env"]']
    assert list(request.dependencies) == [other]
    assert not request.propertyDependencies


@pytest.mark.parametrize(
    ("known", "more"),
    [
        ({}, {"aliases": [{"spec": {"name": "older"}}]}),
        ({"urn:pulumi:stack::project::old:index:Team$shop:index:App::app": {}}, {"parent": TEAM}),
    ],
    ids=["an alias", "a new parent"],
)
def test_what_may_be_renamed_is_refused_and_not_deleted(
    engine: Engine, program: Program, known: dict[str, Any], more: dict[str, Any]
) -> None:
    engine.state = known
    program.register(model())
    with pytest.raises(pulumi.RunError, match=r"app: .* it is not known whether it is new or renamed"):
        program.register(app(**more, **uses(MODEL_URN)))


def test_an_alias_that_names_what_is_in_the_state_tells_enough(engine: Engine, program: Program) -> None:
    engine.state = {"urn:pulumi:stack::project::shop:index:App::older": {}}
    program.register(model())
    program.register(app(aliases=[{"urn": next(iter(engine.state))}], **uses(MODEL_URN)))
    assert len(engine.registered) == 1


@pytest.mark.parametrize("exists", [True, False])
def test_a_remote_component_is_refused(engine: Engine, program: Program, exists: bool) -> None:
    engine.state = {urn_of(app(), PLACE): {}} if exists else {}
    program.register(model())
    with pytest.raises(pulumi.RunError, match=r"app: .* remote component"):
        program.register(app(remote=True, **uses(MODEL_URN)))


@pytest.mark.parametrize("first", ["the model", "the outputs"])
def test_outputs_that_are_unknown_keep_their_last_value_or_are_left_out(
    engine: Engine, program: Program, first: str
) -> None:
    engine.state = {STACK: {"was": "older", "still": "older"}}
    if first == "the model":
        program.register(model())
    request = OutputsRequest(urn=STACK)
    request.outputs.update({"was": {"in": [UNKNOWN]}, "new": UNKNOWN, "still": "newer"})
    program.register_outputs(request)
    assert engine.outputs == {"was": "older", "still": "newer"}


def test_a_backend_that_knows_no_projects_is_asked_by_the_stacks_name(
    engine: Engine, program: Program
) -> None:
    engine.refuses = ("organization/project/stack",)
    program.register(model())
    assert engine.names == ["organization/project/stack", "stack"]


def test_a_state_that_cannot_be_read_fails_the_update_in_one_sentence(
    engine: Engine, program: Program
) -> None:
    engine.refuses = ("organization/project/stack", "stack")
    with pytest.raises(pulumi.RunError, match=r"could not be read \(no such stack\).*FTJOBS_WAIT=1"):
        program.register(model())
    assert engine.registered == []


def job(**slot: Any) -> Request:
    request = Request(
        type="pulumi-python:dynamic/ftjobs:FineTuningJob", name="job", custom=True, parent=STACK
    )
    request.object.update({"seed": 1, "__program": {"slot": {"held": "no slot is free", **slot}}})
    return request


JOB_URN = urn_of(job(), PLACE)


def test_a_job_without_a_slot_is_left_out_with_what_uses_it(engine: Engine, program: Program) -> None:
    assert program.register(job(exists=False)).unknown
    assert program.register(app(**uses(JOB_URN))).unknown
    assert engine.registered == []


def test_a_job_without_a_slot_that_is_there_keeps_all_its_inputs(engine: Engine, program: Program) -> None:
    program.register(job(exists=True))
    (request,) = engine.registered
    assert set(request.ignoreChanges) == {'["seed"]', '["__program"]'}
    assert "slot" not in request.object["__program"]


def test_a_job_without_a_slot_under_a_new_parent_is_refused_and_not_deleted(
    engine: Engine, program: Program
) -> None:
    kind = "pulumi-python:dynamic/ftjobs:FineTuningJob"
    engine.state = {f"urn:pulumi:stack::project::old:index:Team${kind}::job": {}}
    request = job(exists=False)
    request.parent = TEAM
    with pytest.raises(pulumi.RunError, match=r"job: waits for a slot, and has an alias or a new parent"):
        program.register(request)
    assert engine.registered == []
