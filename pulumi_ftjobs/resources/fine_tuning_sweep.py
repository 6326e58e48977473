"""FineTuningSweep: the same job with several hyperparameters, and which of the models is best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, TypedDict, cast

import pulumi
from typing_extensions import NotRequired

from pulumi_ftjobs.lifecycle.base_error import FtjobsError
from pulumi_ftjobs.lifecycle.cost import check_budget, parse_prices, total_estimate
from pulumi_ftjobs.lifecycle.sweep import GOALS, Point, best_of, grid_errors, grid_points
from pulumi_ftjobs.operations.job_check import training_of
from pulumi_ftjobs.resources.fine_tuned_model import FineTunedModel
from pulumi_ftjobs.resources.fine_tuning_file import FineTuningFile, file_figures
from pulumi_ftjobs.resources.fine_tuning_job import FineTuningJob
from pulumi_ftjobs.resources.methods import Integration, Method
from pulumi_ftjobs.resources.runtime import sdk
from pulumi_ftjobs.resources.runtime.accounts import sources_of_provider
from pulumi_ftjobs.resources.runtime.arguments import suggest_arguments
from pulumi_ftjobs.resources.runtime.job_wait import End
from pulumi_ftjobs.resources.runtime.program_run import program_run
from pulumi_ftjobs.resources.runtime.slots.slot_request import SlotGroup
from pulumi_ftjobs.resources.statuses import DeletionPolicy


class SweepBase(TypedDict):
    """The arguments that the jobs of a sweep share: those of FineTuningJob."""

    model: pulumi.Input[str]
    training_file: FineTuningFile | pulumi.Input[str]
    validation_file: NotRequired[FineTuningFile | pulumi.Input[str]]
    method: NotRequired[Method]
    suffix: NotRequired[pulumi.Input[str]]
    seed: NotRequired[pulumi.Input[int]]
    metadata: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    integrations: NotRequired[pulumi.Input[Sequence[pulumi.Input[Integration]]]]
    extra_body: NotRequired[pulumi.Input[Mapping[str, Any]]]
    triggers: NotRequired[pulumi.Input[Any]]


class _Member(NamedTuple):
    """One point of a sweep, with its resources."""

    point: Point
    job: FineTuningJob
    model: FineTunedModel


class FineTuningSweep(pulumi.ComponentResource):
    """One job and one model for each point of a grid of hyperparameters, and the best of the models.

    The members are ordinary FineTuningJobs and FineTunedModels: each is created once, adopted, queued and priced as
    ever, and adding a point trains that point alone. A member that fails does not fail the others.
    """

    TYPE: ClassVar[str] = "ftjobs:index:FineTuningSweep"

    best: pulumi.Output[dict[str, Any]]
    """The best member: `model` (its name), `job_id`, `hyperparameters`, `metric` (the value), `status`."""
    best_model: pulumi.Output[str]
    """The name of the best model: what an application asks for."""
    table: pulumi.Output[list[dict[str, Any]]]
    """A row like `best` for every member, in the order of the grid; `metric` is None where nothing was measured."""

    @suggest_arguments
    def __init__(  # noqa: PLR0913 - one argument per setting
        self,
        resource_name: str,
        *,
        base: SweepBase,
        grid: Mapping[str, Sequence[Any]],
        metric: str,
        goal: Literal["min", "max"] = "min",
        min_succeeded: int = 1,
        max_active: int | None = None,
        max_estimated_cost_usd: float | None = None,
        deletion_policy: DeletionPolicy | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a sweep.

        Args:
            resource_name: its name in the stack, and the beginning of its members' names.
            base: the arguments that all its jobs share, as for FineTuningJob.
            grid: hyperparameters of the method (or `seed`), each with the values to try; every combination is one job.
            metric: the final metric that is compared, as the service names it, e.g. "valid_loss".
            goal: "min" (default) for a metric that should be small, "max" for one that should be large.
            min_succeeded: how many members must succeed; fewer fail the update. Default 1.
            max_active: how many of its jobs may be unfinished at a time; more wait for a slot. Default: no limit but
                the account's.
            max_estimated_cost_usd: USD for all points together; no job is created when the estimate is higher, or
                unknown. Default: no bound.
            deletion_policy: of the members' models, see FineTunedModel.
            opts: resource options; `provider` is that of all members.

        Raises:
            TypeError: for an argument that does not exist, with the closest one.
            pulumi.RunError: for a grid or a setting that cannot be used.
        """
        _require_usable(resource_name, base, grid, goal, min_succeeded)
        super().__init__(self.TYPE, resource_name, {}, opts)
        points = grid_points(grid)
        shared: dict[str, Any] = dict(base)
        if max_estimated_cost_usd is not None or pulumi.runtime.is_dry_run():
            affordable = self._affordable(shared, points, max_estimated_cost_usd)
            shared["model"] = pulumi.Output.all(shared["model"], affordable).apply(lambda both: both[0])
        group = SlotGroup(max_active, []) if max_active else None
        members = [
            self._member(f"{resource_name}-{point.name}", point, shared, group, deletion_policy)
            for point in points
        ]
        rows = pulumi.Output.all(*[_row(member, metric) for member in members])
        self.table = rows.apply(list)
        self.best = rows.apply(lambda known: self._best(list(known), goal, min_succeeded, metric))
        self.best_model = self.best.apply(lambda row: cast("str", row["model"]))
        self.register_outputs({"best": self.best, "best_model": self.best_model, "table": self.table})

    def _member(
        self,
        name: str,
        point: Point,
        shared: Mapping[str, Any],
        group: SlotGroup | None,
        deletion_policy: DeletionPolicy | None,
    ) -> _Member:
        opts = pulumi.ResourceOptions(parent=self)
        job = FineTuningJob.__new__(FineTuningJob)
        job._slot_group = group  # noqa: SLF001 - our own
        job.__init__(name, **point.job_arguments(shared), opts=opts)  # type: ignore[misc]
        model = FineTunedModel.__new__(FineTunedModel)
        model._ignore = "the sweep continues without it"  # noqa: SLF001 - our own
        model.__init__(name, job=job, deletion_policy=deletion_policy, opts=opts)  # type: ignore[misc]
        return _Member(point, job, model)

    def _affordable(
        self, shared: Mapping[str, Any], points: list[Point], limit: float | None
    ) -> pulumi.Output[None]:
        """Resolved when the estimate of all points is within the limit; says it in a preview."""
        figures: Any = file_figures(shared.get("training_file")) or {}

        async def judge(known: Mapping[str, Any]) -> None:
            try:
                sources = await sources_of_provider(sdk.provider_of(self))
                profile, prices = (
                    sources.account().target.profile,
                    parse_prices(sources.first("prices") or "{}"),
                )
                trainings = [
                    training_of(
                        {**point.job_arguments(shared), "model": known["model"]}, known["figures"], profile
                    )
                    for point in points
                ]
                total = total_estimate(trainings, prices)
                if pulumi.runtime.is_dry_run() and not sdk.is_mocked():
                    pulumi.log.info(
                        f"{len(points)} points; estimated cost of all: {total.sentence}", resource=self
                    )
                problem = None if limit is None else check_budget(total, limit)
            except FtjobsError as error:
                raise pulumi.RunError(f"FineTuningSweep: {error}") from None
            if problem:
                raise pulumi.RunError(f"FineTuningSweep: {problem}")

        return pulumi.Output.all(model=shared["model"], figures=figures).apply(judge)

    async def _best(
        self, rows: list[dict[str, Any]], goal: str, min_succeeded: int, metric: str
    ) -> dict[str, Any]:
        """The best row. Raises pulumi.RunError, when all waits are over, for a sweep that came to nothing."""
        succeeded = [row for row in rows if row["status"] == "succeeded"]
        found = best_of(succeeded, goal)
        if len(succeeded) < min_succeeded:
            problem = f"{len(succeeded)} of {len(rows)} jobs succeeded, min_succeeded is {min_succeeded}"
        elif found is None:
            measured = sorted({name for row in succeeded for name in row["metrics"]})
            problem = f"no job has a final metric {metric!r}; measured were {', '.join(measured) or 'none'}"
        else:
            return dict(found)
        if sdk.is_mocked():
            return {"model": None, "job_id": None, "hyperparameters": None, "metric": None, "status": None}
        if not pulumi.runtime.is_dry_run():
            await program_run().registry.idle.wait()
        raise pulumi.RunError(
            f"FineTuningSweep: {problem}. Correct `base` or `grid`, and run `pulumi up` again"
        )


def _row(member: _Member, metric: str) -> pulumi.Output[dict[str, Any]]:
    """What the table says of a member; unknown while its job is unfinished."""
    model, job = member.model, member.job
    hyperparameters = dict(member.point.values)

    def recorded(known: Mapping[str, Any]) -> dict[str, Any]:
        metrics = known["metrics"] or {}
        return {
            "model": known["name"],
            "job_id": known["job_id"],
            "hyperparameters": hyperparameters,
            "metric": metrics.get(metric),
            "metrics": metrics,
            "status": "succeeded",
        }

    def ended(known: Mapping[str, Any]) -> Any:
        end: End | None = known["end"]
        if end is None or end.code is None:
            return pulumi.Output.all(name=model.name, job_id=job.id, metrics=model.metrics).apply(recorded)
        if end.code == "unfinished":
            return sdk.UNKNOWN_OUTPUT
        return {
            "model": None,
            "job_id": end.job_id,
            "hyperparameters": hyperparameters,
            "metric": None,
            "metrics": {},
            "status": str((end.job or {}).get("status") or "unknown"),
        }

    if model._end is None:  # noqa: SLF001 - our own
        return pulumi.Output.all(name=model.name, job_id=job.id, metrics=model.metrics).apply(recorded)
    return pulumi.Output.all(end=model._end).apply(ended)  # noqa: SLF001 - our own


def _require_usable(name: str, base: Any, grid: Any, goal: str, min_succeeded: Any) -> None:
    errors: list[str] = []
    if not isinstance(base, Mapping):
        errors.append("base: must be the arguments that the jobs share, a dict")
    errors += grid_errors(base if isinstance(base, Mapping) else {}, grid)
    if goal not in GOALS:
        errors.append(f'goal: must be "min" or "max", it is {goal!r}')
    if isinstance(min_succeeded, bool) or not isinstance(min_succeeded, int) or min_succeeded < 1:
        errors.append("min_succeeded: must be a whole number of at least 1")
    if errors:
        raise pulumi.RunError(f"FineTuningSweep {name!r}: {'; '.join(errors)}")
