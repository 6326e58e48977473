"""The operations of a fine-tuned model: the record of a finished job, under the model's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pulumi_ftjobs.api.errors import AnswerLost, ApiError, Forbidden, NotFound, Unauthorized
from pulumi_ftjobs.api.retry import poll
from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.change_table import Change
from pulumi_ftjobs.lifecycle.declaration_rules import check_job_id
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic
from pulumi_ftjobs.lifecycle.job_outputs import kept_hints
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, RECORD, program_of, record_of, urn_of
from pulumi_ftjobs.lifecycle.value_rules import DiagnosticList
from pulumi_ftjobs.lifecycle.values import one_line
from pulumi_ftjobs.operations.model_deployment import deploy
from pulumi_ftjobs.operations.resource_operations import Checked, Props, ResourceOperations, check_policy
from pulumi_ftjobs.operations.visibility import dropped, require_gone, require_target

if TYPE_CHECKING:
    from pulumi_ftjobs.api.schemas import Model

DELETE: Final = "delete"
RETAIN: Final = "retain"
"""The default `deletion_policy`: a model is paid for."""
MAX_HOLD_TEXT: Final = 2000
"""Characters of a hold that are shown: it quotes the service, its last events included."""
UPDATE_SHOWS: Final = frozenset({"not_accepted"})
"""Codes of a hold that an update shows on the model's row; those about the job are on the job's row."""
MODEL_DEADLINE: Final = 60.0
"""Seconds to wait for a model that GET /models does not know yet."""
MODEL_PAUSE: Final = 2.0
FRESH: Final = 900.0
"""Seconds after its job's end in which a model may not be known yet; later a 404 is the truth."""


class ModelOperations(ResourceOperations):
    """The fine-tuned models of one provider process."""

    def checked(self, inputs: Props, old_inputs: Props) -> Checked:
        """The job and the policy; a model of a job that did not succeed cannot be created."""
        found = check_policy(inputs, RETAIN)
        job_id = inputs.get("job_id")
        if job_id is None or job_id == "":
            message = "is required, a FineTuningJob or a job id"
            found.insert(0, Diagnostic("error", Code.REQUIRED.value, "job", message))
        elif not old_inputs:
            given = DiagnosticList(self.session.profile())
            check_job_id(given, "job", job_id)
            found += given.items
        ended = _ended_badly(inputs, old_inputs)
        inputs = _with_last_hold(inputs, old_inputs)
        hold = program_of(inputs).get("hold")
        if ended:
            found.append(ended)
        if hold and not old_inputs:
            unsaid = f"{job_id} has not succeeded, so there is no model yet; see the job's own row"
            message = one_line(hold, MAX_HOLD_TEXT) if isinstance(hold, str) else unsaid
            found.append(Diagnostic("error", Code.CONFLICT.value, "job", message))
        return Checked(inputs, found)

    def changes(self, object_id: str, olds: Props, news: Props) -> list[Change]:  # noqa: ARG002
        """Another job is another model; while a hold is in force nothing changes."""
        if program_of(news).get("hold"):
            return []
        found = []
        if news.get("job_id") != olds.get("job_id"):
            found.append(Change("job_id", "replace", "job", "changed"))
        if bool(news.get("deploy")) != bool(olds.get("deploy")):
            found.append(Change("deploy", "replace", "deploy", "changed"))
        if (news.get("deletion_policy") or RETAIN) != (olds.get("deletion_policy") or RETAIN):
            found.append(Change("deletion_policy", "update", "deletion_policy", "changed"))
        return found

    def create(self, inputs: Props) -> tuple[str, Props]:
        """Record the model of a job that has succeeded; the model's name is the id."""
        job_id = str(inputs["job_id"])
        job = self._finished_job(job_id)
        name = job.get("fine_tuned_model")
        if job.get("status") == "succeeded" and inputs.get("deploy"):
            return self._deployed(job, inputs)
        if job.get("status") == "succeeded" and not name:
            raise FtjobsError(self._no_name_yet(job_id))
        if job.get("status") != "succeeded" or not isinstance(name, str):
            raise FtjobsError(
                f"job {job_id} is {job.get('status')}: it has no model; a FineTunedModel exists "
                "once its job has succeeded"
            )
        self.session.note_created(urn_of(inputs), name)
        return name, self._outputs(job, self._existing_model(name, job, urn_of(inputs)), inputs)

    def _no_name_yet(self, job_id: str) -> str:
        profile = self.session.client.target.profile
        if profile.deploys:
            return (
                f"job {job_id} succeeded; at {profile.service} its model has a name only once it is deployed: declare "
                "FineTunedModel(..., deploy=True)"
            )
        return (
            f"job {job_id} succeeded but the service reports no model name yet. Nothing has to be trained again: run "
            "`pulumi up` again later"
        )

    def _deployed(self, job: Props, inputs: Props) -> tuple[str, Props]:
        from pulumi_ftjobs.api.schemas import Model  # noqa: PLC0415 - comes with the client

        client = self.session.client
        if not client.target.profile.deploys:
            raise FtjobsError(
                f"deploy: {client.target.profile.service} has no such call; remove deploy=True (at Azure, use "
                "pulumi-azure-native)"
            )
        deployment = deploy(client, job)
        self.session.note_created(urn_of(inputs), deployment.id)
        model = Model({"id": deployment.id, "created": deployment.created_at})
        return deployment.id, self._outputs(job, model, inputs) | {"deploy": True}

    def read(self, object_id: str, outputs: Props) -> Props | None:
        """The model as the service has it."""
        client = self.session.client
        require_target(client, record_of(outputs), f"model {object_id}")
        try:
            model = client.with_other_keys(lambda: self._model(object_id, outputs))
        except NotFound as error:
            listed = client.deployments if outputs.get("deploy") else client.models
            require_gone(
                client,
                error,
                record_of(outputs),
                f"model {object_id}",
                lambda: object_id in {one.id for one in listed()},
            )
            self.session.say(urn_of(outputs), dropped(f"model {object_id}"), "warning")
            return None
        record = {**record_of(outputs), **self.session.record()}
        return {"name": model.id, **outputs, **_model_facts(model), RECORD: record}

    def update(self, object_id: str, olds: Props, news: Props) -> Props:  # noqa: ARG002
        """Only the deletion policy changes in place."""
        kept = {name: value for name, value in olds.items() if name not in {"deletion_policy", PROGRAM}}
        declared = {name: news[name] for name in ("deletion_policy", PROGRAM) if news.get(name) is not None}
        return kept | declared

    def delete(self, object_id: str, outputs: Props, urn: str | None = None) -> None:  # noqa: ARG002
        """Keep the model at the service, unless the policy says to delete it."""
        deployed = bool(outputs.get("deploy"))
        policy = outputs.get("deletion_policy") or (DELETE if deployed else RETAIN)
        if policy != DELETE or self.session.in_use(object_id):
            return
        client = self.session.client
        require_target(client, record_of(outputs), f"model {object_id}")
        if deployed:
            client.with_other_keys(lambda: client.delete_deployment(object_id))
            self.session.say(urn_of(outputs), f"deleted the deployment of {object_id}")
            return
        try:
            client.with_other_keys(lambda: client.delete_model(object_id))
        except (Forbidden, Unauthorized) as error:
            raise FtjobsError(
                f"model {object_id} could not be deleted (HTTP {error.status}): deleting a model needs the Owner role "
                'in its organization; use such a key, or set deletion_policy="retain", run `pulumi up`, destroy again'
            ) from None
        self.session.note_deleted(object_id)
        self.session.say(urn_of(outputs), f"deleted model {object_id} at the service")

    def _finished_job(self, job_id: str) -> Props:
        """The job; right after its success the service may not name the model yet."""
        client = self.session.client
        return poll(
            lambda: client.job(job_id).facts(),
            lambda job: (
                job.get("status") != "succeeded"
                or bool(job.get("fine_tuned_model"))
                or not self._just_finished(job)
            ),
            client.backoff,
            deadline=0.0 if client.target.profile.deploys else client.target.profile.model_name_deadline,
            pause=MODEL_PAUSE,
        )

    def _model(self, name: str, outputs: Props) -> Model:
        from pulumi_ftjobs.api.schemas import Model  # noqa: PLC0415 - comes with the client

        client = self.session.client
        if not outputs.get("deploy"):
            return client.model(name)
        found = client.deployment(name)
        return Model({"id": found.id, "created": found.created_at})

    def _just_finished(self, job: Props) -> bool:
        now = self.session.client.now()
        return now - (job.get("finished_at") or now) < FRESH

    def _existing_model(self, name: str, job: Props, urn: str) -> Model:
        """The model; right after its job's success the service may not know it yet."""
        from pulumi_ftjobs.api.schemas import Model  # noqa: PLC0415 - comes with the client

        client, fresh = self.session.client, self._just_finished(job)

        def look() -> Model | ApiError:
            try:
                return client.model(name)
            except NotFound as error:
                return error
            except AnswerLost as error:  # some gateways answer 500 to every model that exists
                if not error.status:
                    raise
                self.session.say(
                    urn,
                    f"the job names model {name}; whether it can be used already cannot be asked "
                    f"({error.what}: HTTP {error.status})",
                    "warning",
                )
                return Model({"id": name})

        found = poll(
            look,
            lambda seen: not isinstance(seen, ApiError) or not fresh,
            client.backoff,
            deadline=MODEL_DEADLINE,
            pause=MODEL_PAUSE,
        )
        if not isinstance(found, ApiError):
            return found
        if not fresh:
            raise FtjobsError(
                f"job_id: the model {name} of this job no longer exists at the service (deleted, or shut down); change "
                "`triggers` on the job to train again, or take the FineTunedModel out of the program"
            )
        raise FtjobsError(
            f"the job names model {name}, but the service still does not know it (or it was deleted); "
            "run `pulumi up` again, or change `triggers` on the job to train again"
        )

    def _outputs(self, job: Props, model: Model, props: Props) -> Props:
        outs: dict[str, Any] = {
            "name": model.id,
            "job_id": job["id"],
            "status": job["status"],
            "base_model": job.get("model"),
            "trained_tokens": job.get("trained_tokens"),
            "result_files": job.get("result_files"),
            "metrics": self.session.client.final_metrics(job["id"]),
            "finished_at": job.get("finished_at"),
            **_model_facts(model),
            RECORD: dict(self.session.record()),
        }
        outs |= {"deletion_policy": props.get("deletion_policy"), PROGRAM: kept_hints(props)}
        return {name: value for name, value in outs.items() if value is not None}


def _model_facts(model: Model) -> Props:
    facts = {"created_at": model.created, "owned_by": model.owned_by, "shutdown_date": model.shutdown_date}
    return {name: value for name, value in facts.items() if value is not None}


def _ended_badly(inputs: Props, old_inputs: Props) -> Diagnostic | None:
    """What a preview of a model has to say whose job ended badly in the last update; an update says it itself."""
    program, before = program_of(inputs), program_of(old_inputs)
    code, hold = before.get("hold_code"), before.get("hold")
    if program.get("hold_code") in UPDATE_SHOWS and old_inputs:
        return Diagnostic("warning", Code.ENDED.value, "", one_line(str(program.get("hold")), MAX_HOLD_TEXT))
    if "hold" in program or code is None or old_inputs.get("job_id") != inputs.get("job_id"):
        return None
    begins = {
        "failed": "`pulumi up` fails until the cause is corrected: ",
        "not_accepted": "`pulumi up` judges it again, and fails if `accept` still refuses it: ",
    }.get(code)
    text = one_line(str(hold), MAX_HOLD_TEXT)
    return Diagnostic("warning", Code.ENDED.value, "", begins + text) if begins else None


def _with_last_hold(inputs: Props, old_inputs: Props) -> Props:
    """The inputs with what the last update learned of this very job: a preview cannot ask.

    Without it the preview would promise a model of a job that has failed. A refusal by `accept` is another
    matter: the program judges it again in every update, so the preview says what may happen.
    """
    program, before = program_of(inputs), program_of(old_inputs)
    final = before.get("hold_code") == "failed" and old_inputs.get("job_id") == inputs.get("job_id")
    if program.get("hold") is None and final:
        return {**inputs, PROGRAM: {**program, "hold": before.get("hold"), "hold_code": "failed"}}
    return inputs
