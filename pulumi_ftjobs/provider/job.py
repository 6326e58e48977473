"""FineTuningJob in the provider process: check and diff offline, the rest through the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_ftjobs.lifecycle.change_table import Change, job_changes
from pulumi_ftjobs.lifecycle.diagnostics import rendered
from pulumi_ftjobs.lifecycle.state_schema import urn_of
from pulumi_ftjobs.operations.job_check import JobCheck
from pulumi_ftjobs.operations.log import say
from pulumi_ftjobs.provider.provider_base import FtjobsProvider, one_clean_line
from pulumi_ftjobs.provider.serialization import failures, unwrap, wrap

if TYPE_CHECKING:
    from pulumi_ftjobs.operations.job_operations import JobService


class FineTuningJobProvider(FtjobsProvider):
    """The life of a fine-tuning job. Import path and name lie in users' states: frozen."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Every mistake at once, by property path; offline, and with unknown values."""
        props = unwrap(news)
        self.process.note_check(urn_of(props))
        process = self.process
        inputs, found = JobCheck(props, process.sources, process.profile(), buying=not _olds).run()
        for warning in rendered(found, "warning"):
            say(urn_of(props), warning, "warning")
        return CheckResult(wrap(inputs), failures(rendered(found, "error")))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """The change table; says why something trains again."""
        olds, news = unwrap(_olds), unwrap(_news)
        urn = urn_of(news)
        changes = job_changes(_id, olds, news)
        if not self.process.declared(urn):  # a refresh compares states, and pauses nothing
            changes = [change for change in changes if change.property != "paused"]
        replaces = [change for change in changes if change.effect == "replace"]
        self.process.note_diff(urn, _id, replaced=bool(replaces))
        if replaces:
            say(urn, _why(replaces, news.get("adopt_job_id")))
        else:
            for change in changes:
                if change.property == "paused":  # the engine draws inputs, and the wish may be an old one
                    say(urn, f"{change.path}: {change.detail}")
        return DiffResult(
            changes=bool(changes), replaces=list(dict.fromkeys(c.property for c in replaces)), stables=[]
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Adopt the job that already is this declaration, or POST it once. Never waits."""
        with one_clean_line():
            job_id, outs = self._service().create(unwrap(props))
        return CreateResult(job_id, wrap(outs))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The job as the service has it now; empty when it is gone, and only then."""
        with one_clean_line():
            outs = self._service().read(id_, unwrap(props))
        return ReadResult(id_ if outs else "", wrap(outs or {}))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """What changes in place: labels in the state only, pause and resume at the service."""
        with one_clean_line():
            outs = self._service().update(_id, unwrap(_olds), unwrap(_news))
        return UpdateResult(wrap(outs))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Cancel what is unfinished, confirm it, and say what remains."""
        with one_clean_line():
            self._service().delete(_id, unwrap(_props))

    def _service(self) -> JobService:
        from pulumi_ftjobs.operations.job_operations import JobService  # noqa: PLC0415 - imports the client

        return JobService(self.process)


def _why(replaces: list[Change], adopted: object) -> str:
    reasons = "; ".join(f"{change.path} {change.detail}" for change in replaces)
    if isinstance(adopted, str):
        return f"{reasons}: takes over job {adopted}, nothing is bought"
    return f"{reasons}: trains anew, or takes back this stack's job of exactly this declaration"
