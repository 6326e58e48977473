"""What the program answers itself while a first model is not there: the corners of it, without an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN

from pulumi_ftjobs.resources.runtime.deferred_registration import NotYet, Request, urn_of
from pulumi_ftjobs.resources.runtime.stack_state import Place

MODEL = "pulumi-python:dynamic/ftjobs:FineTunedModel"
PLACE = Place("organization", "project", "stack")
STACK = "urn:pulumi:stack::project::pulumi:pulumi:Stack::project-stack"
TEAM = "urn:pulumi:stack::project::team:index:Team::a"


class Engine:
    """A resource monitor that keeps what reaches it."""

    def __init__(self) -> None:
        self.state: dict[str, dict[str, Any]] = {}
        self.registered: list[Request] = []
        self.outputs: dict[str, Any] = {}
        self.names: list[str] = []
        self.refuses: tuple[str, ...] = ()

    def RegisterResource(self, request: Request) -> Any:  # noqa: N802 - the protocol's name
        self.registered.append(request)
        return resource_pb2.RegisterResourceResponse(urn=urn_of(request, PLACE))

    def RegisterResourceOutputs(self, request: Any) -> None:  # noqa: N802
        self.outputs = dict(request.outputs)

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        self.names.append(request.args["stackName"])
        if self.names[-1] in self.refuses:
            raise RuntimeError("no such\nstack")
        answer = Struct()
        answer.update(
            {"outputs": {urn: {"type": "any", "outputs": outs} for urn, outs in self.state.items()}}
        )
        return SimpleNamespace(**{"return": answer})


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def not_yet(engine: Engine) -> Iterator[NotYet]:
    loop = asyncio.new_event_loop()
    yield NotYet(engine, PLACE, loop)
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


def test_an_update_without_a_held_model_reads_no_state(engine: Engine, not_yet: NotYet) -> None:
    not_yet.register(app())
    assert (len(engine.registered), engine.names) == (1, [])


@pytest.mark.parametrize(
    ("program", "reached"),
    [
        ({}, False),
        ({"hold": False, "hold_code": None}, True),
        ({"hold_code": "failed"}, True),
        ({"hold_code": "interrupted"}, True),
    ],
    ids=["running", "succeeded", "failed", "given up"],
)
def test_only_a_first_model_whose_job_runs_on_is_left_out(
    engine: Engine, not_yet: NotYet, program: dict[str, Any], reached: bool
) -> None:
    answer = not_yet.register(model(**program))
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
    engine: Engine, not_yet: NotYet, tie: dict[str, Any]
) -> None:
    not_yet.register(model())
    assert not_yet.register(app(**tie)).unknown
    assert engine.registered == []


def test_what_is_in_the_state_already_keeps_the_input_and_names_nothing_that_is_missing(
    engine: Engine, not_yet: NotYet
) -> None:
    engine.state = {urn_of(app(), PLACE): {}}
    not_yet.register(model())
    other = "urn:pulumi:stack::project::shop:index:Net::net"
    ties = uses(MODEL_URN)
    ties["dependencies"].append(other)
    not_yet.register(app(**ties))
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
    engine: Engine, not_yet: NotYet, known: dict[str, Any], more: dict[str, Any]
) -> None:
    engine.state = known
    not_yet.register(model())
    with pytest.raises(pulumi.RunError, match=r"app: .* whether it is new or renamed cannot be told"):
        not_yet.register(app(**more, **uses(MODEL_URN)))


def test_an_alias_that_names_what_is_in_the_state_tells_enough(engine: Engine, not_yet: NotYet) -> None:
    engine.state = {"urn:pulumi:stack::project::shop:index:App::older": {}}
    not_yet.register(model())
    not_yet.register(app(aliases=[{"urn": next(iter(engine.state))}], **uses(MODEL_URN)))
    assert len(engine.registered) == 1


@pytest.mark.parametrize("there", [True, False])
def test_a_remote_component_is_refused(engine: Engine, not_yet: NotYet, there: bool) -> None:
    engine.state = {urn_of(app(), PLACE): {}} if there else {}
    not_yet.register(model())
    with pytest.raises(pulumi.RunError, match=r"app: .* remote component"):
        not_yet.register(app(remote=True, **uses(MODEL_URN)))


def test_outputs_that_are_unknown_keep_their_last_value_or_are_left_out(
    engine: Engine, not_yet: NotYet
) -> None:
    engine.state = {STACK: {"was": "older", "still": "older"}}
    not_yet.register(model())
    request = resource_pb2.RegisterResourceOutputsRequest(urn=STACK)
    request.outputs.update({"was": {"in": [UNKNOWN]}, "new": UNKNOWN, "still": "newer"})
    not_yet.register_outputs(request)
    assert engine.outputs == {"was": "older", "still": "newer"}


def test_a_backend_that_knows_no_projects_is_asked_by_the_stacks_name(
    engine: Engine, not_yet: NotYet
) -> None:
    engine.refuses = ("organization/project/stack",)
    not_yet.register(model())
    assert engine.names == ["organization/project/stack", "stack"]


def test_a_state_that_cannot_be_read_fails_the_update_in_one_sentence(
    engine: Engine, not_yet: NotYet
) -> None:
    engine.refuses = ("organization/project/stack", "stack")
    with pytest.raises(pulumi.RunError, match=r"could not be read \(no such stack\).*FTJOBS_WAIT=1"):
        not_yet.register(model())
    assert engine.registered == []


def job(**turn: Any) -> Request:
    request = Request(
        type="pulumi-python:dynamic/ftjobs:FineTuningJob", name="job", custom=True, parent=STACK
    )
    request.object.update({"seed": 1, "__program": {"turn": {"held": "no slot is free", **turn}}})
    return request


JOB_URN = urn_of(job(), PLACE)


def test_a_job_without_a_slot_is_left_out_with_what_uses_it(engine: Engine, not_yet: NotYet) -> None:
    assert not_yet.register(job(there=False)).unknown
    assert not_yet.register(app(**uses(JOB_URN))).unknown
    assert engine.registered == []


def test_a_job_without_a_slot_that_is_there_keeps_all_its_inputs(engine: Engine, not_yet: NotYet) -> None:
    not_yet.register(job(there=True))
    (request,) = engine.registered
    assert set(request.ignoreChanges) == {'["seed"]', '["__program"]'}
    assert "turn" not in request.object["__program"]


def test_a_job_without_a_slot_under_a_new_parent_is_refused_and_not_deleted(
    engine: Engine, not_yet: NotYet
) -> None:
    kind = "pulumi-python:dynamic/ftjobs:FineTuningJob"
    engine.state = {f"urn:pulumi:stack::project::old:index:Team${kind}::job": {}}
    request = job(there=False)
    request.parent = TEAM
    with pytest.raises(pulumi.RunError, match=r"job: waits for a slot, and has an alias or a new parent"):
        not_yet.register(request)
    assert engine.registered == []
