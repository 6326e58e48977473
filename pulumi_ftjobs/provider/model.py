"""FineTunedModel in the provider process: the record of a finished job, under the model's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, program_of, urn_of
from pulumi_ftjobs.lifecycle.values import one_line
from pulumi_ftjobs.provider.provider_base import FtjobsProvider, one_clean_line
from pulumi_ftjobs.provider.serialization import failures, policy_errors, unwrap, wrap

if TYPE_CHECKING:
    from pulumi_ftjobs.operations.model_operations import ModelService

RETAIN = "retain"
REASON = 2000
"""Characters of a hold that are shown: it quotes the service, its last events included."""


class FineTunedModelProvider(FtjobsProvider):
    """The life of a fine-tuned model. Import path and name lie in users' states: frozen."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """The job id and the policy."""
        props = unwrap(news)
        errors = []
        job_id = props.get("job_id")
        if job_id is None or job_id == "":
            errors.append("job: is required, a FineTuningJob or a job id")
        errors += policy_errors(props.get("deletion_policy"), RETAIN)
        _keep_hold(props, unwrap(_olds))
        hold = program_of(props).get("hold")
        if hold and not _olds:
            unsaid = f"{job_id} has not succeeded, so there is no model yet; see the job's own row"
            errors.append(f"job: {one_line(hold, REASON) if isinstance(hold, str) else unsaid}")
        self.process.note_check(urn_of(props))
        try:
            self.process.account()
        except FtjobsError as error:
            errors.append(str(error))
        return CheckResult(wrap(props), failures(errors))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another job is another model."""
        olds, news = unwrap(_olds), unwrap(_news)
        urn = urn_of(news)
        if program_of(news).get("hold"):
            self.process.note_diff(urn, _id, replaced=False)
            return DiffResult(changes=False)
        replaces = ["job_id"] if news.get("job_id") != olds.get("job_id") else []
        updates = (news.get("deletion_policy") or RETAIN) != (olds.get("deletion_policy") or RETAIN)
        self.process.note_diff(urn, _id, replaced=bool(replaces))
        return DiffResult(changes=bool(replaces) or updates, replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Record the model of a job that has succeeded."""
        with one_clean_line():
            name, outs = self._service().create(unwrap(props))
        return CreateResult(name, wrap(outs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The model as the service has it; empty when it is gone."""
        with one_clean_line():
            outs = self._service().read(id_, unwrap(props))
        return ReadResult(id_ if outs else "", wrap(outs or {}))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Only the deletion policy changes in place."""
        olds, news = unwrap(_olds), unwrap(_news)
        kept = {name: value for name, value in olds.items() if name not in {"deletion_policy", PROGRAM}}
        declared = {name: news[name] for name in ("deletion_policy", PROGRAM) if news.get(name) is not None}
        return UpdateResult(wrap(kept | declared))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Keep the model at the service, unless the policy says to delete it."""
        plain = unwrap(_props)
        if plain.get("deletion_policy") != "delete":
            return
        with one_clean_line():
            self._service().delete(_id, plain)

    def _service(self) -> ModelService:
        from pulumi_ftjobs.operations.model_operations import ModelService  # noqa: PLC0415 - imports the client

        return ModelService(self.process)


def _keep_hold(props: dict[str, Any], olds: dict[str, Any]) -> None:
    """A preview cannot look: what the last update learned of this very job still holds.

    Without it the preview would promise a model of a job that has failed. What `accept` refused is another
    matter: the program judges it anew in every update, so the preview says what may happen.
    """
    program, before = program_of(props), program_of(olds)
    hold = before.get("hold")
    final = before.get("hold_code") == "failed"
    if program.get("hold") is None and final and olds.get("job_id") == props.get("job_id"):
        props[PROGRAM] = {**program, "hold": hold, "hold_code": "failed"}
