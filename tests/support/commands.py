"""Single commands of a stack with one job, each in a provider process, as with the CLI."""

from __future__ import annotations

from typing import Any

from tests.support.engine import FAST_SLEEP, Failed, hidden, running_host, settings
from tests.support.second_server import SecondServer

JOB = "FineTuningJob"
DECLARED = {"model": "llama-3-8b", "training_file": "file-0001", "seed": 7, **hidden(JOB)}
State = tuple[str, dict[str, Any]]


def create(service: SecondServer, **changes: Any) -> State | str:
    """One `up` without a state: the job's id and outputs, or the error."""
    with running_host(settings(service.url), preamble=FAST_SLEEP) as host:
        inputs = host.check(JOB, DECLARED | changes).inputs
        try:
            return host.create(JOB, inputs)
        except Failed as error:
            return str(error)


def created(service: SecondServer, **changes: Any) -> State:
    """One `up` that must work."""
    found = create(service, **changes)
    assert not isinstance(found, str), found
    return found


def read(service: SecondServer, state: State) -> str:
    """One `refresh`: the id that stays in the state (empty: dropped), or the error."""
    with running_host(settings(service.url), preamble=FAST_SLEEP) as host:
        try:
            return host.read(JOB, *state)[0]
        except Failed as error:
            return str(error)


def delete(service: SecondServer, state: State) -> str:
    """One `destroy`: what it said, or the error."""
    with running_host(settings(service.url), preamble=FAST_SLEEP) as host:
        try:
            host.delete(JOB, *state)
        except Failed as error:
            return str(error)
        return "\n".join(host.said())
