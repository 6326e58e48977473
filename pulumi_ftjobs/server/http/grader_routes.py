"""/fine_tuning/alpha/graders: validate one, run one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pulumi_ftjobs.server.http.route_helpers import answer, json_body
from pulumi_ftjobs.server.server_errors import invalid
from pulumi_ftjobs.server.training import grader_run, grader_schema


async def validate(request: Request) -> Response:
    """POST echoes a grader that is complete."""
    body = await json_body(request)
    grader_schema.check(body.get("grader"))
    return answer({"grader": body["grader"]})


async def run(request: Request) -> Response:
    """POST grades one sample."""
    body = await json_body(request)
    grader_schema.check(body.get("grader"))
    sample = body.get("model_sample")
    if not isinstance(sample, str):
        raise invalid("'model_sample' is a required property", "model_sample")
    return answer(grader_run.run(body["grader"], sample, body.get("item")))


ROUTES = [
    Route("/fine_tuning/alpha/graders/validate", validate, methods=["POST"]),
    Route("/fine_tuning/alpha/graders/run", run, methods=["POST"]),
]
