"""check() of a job: the declaration, its data, its cost and the calendar, all at once and offline."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

from pulumi_ftjobs.dataset import DataFileError, FileReport, check_figures, overlap, scan
from pulumi_ftjobs.lifecycle.base_error import FtjobsError, SettingsError
from pulumi_ftjobs.lifecycle.cost import (
    Estimate,
    Training,
    check_budget,
    estimate,
    estimated_tokens,
    parse_prices,
)
from pulumi_ftjobs.lifecycle.declaration_rules import check_job
from pulumi_ftjobs.lifecycle.deprecations import announcements, parse_customer, parse_dates
from pulumi_ftjobs.lifecycle.diagnostics import Code, Diagnostic, has_errors
from pulumi_ftjobs.lifecycle.identity import effective_method
from pulumi_ftjobs.lifecycle.job_fields import FILES
from pulumi_ftjobs.lifecycle.profiles import Profile
from pulumi_ftjobs.lifecycle.settings import Sources
from pulumi_ftjobs.lifecycle.state_schema import PROGRAM, program_of
from pulumi_ftjobs.lifecycle.values import UNKNOWN, contains_unknown, one_line

KEYS = ("rows", "tokens", "format")
"""Figures that a judgement needs; where the file lies is not one of them."""
ESTIMATES = ("estimated_tokens", "estimated_cost_usd", "estimated_cost_usd_low", "estimated_cost_usd_high")
BUDGET = "maxEstimatedCostUsdPerJob"


class JobCheck:
    """One look at one declared job."""

    def __init__(
        self, props: dict[str, Any], sources: Sources, profile: Profile, *, creating: bool = True
    ) -> None:
        """Look at `props`. `creating`: a job would be created; data, cost and calendar refuse only that."""
        self._props = props
        self._exists = not creating
        self._sources = sources
        self._profile = profile
        self._creating = creating and not props.get("adopt_job_id")
        self._found: list[Diagnostic] = []
        self._data: Mapping[str, Any] = _data(props)
        self._method = _method(props)

    def run(self) -> tuple[dict[str, Any], list[Diagnostic]]:
        """The inputs with the computed ones added, and what is wrong with them."""
        declared = check_job(self._props, self._profile)
        if self._exists:  # the warnings were shown when the job was created
            declared = [one for one in declared if one.severity == "error"]
        self._found = declared
        computed: dict[str, Any] = {}
        try:
            self._sources.account()
            if self._creating:
                self._check_data()
            self._check_calendar()
            if not has_errors(declared):
                computed = self._check_cost()
            adopted = self._props.get("adopt_job_id")
            if isinstance(adopted, str) and not self._exists:
                self._found.append(
                    _plan(f"adopts job {one_line(adopted, 80)}; no job is created, nothing is charged")
                )
        except FtjobsError as error:
            self._found.append(Diagnostic("error", Code.SETTING.value, "", str(error)))
        return {**self._props, **computed}, self._found

    def _check_data(self) -> None:
        for name in FILES:
            figures = self._data.get(name)
            if not isinstance(figures, Mapping) or contains_unknown([figures.get(key) for key in KEYS]):
                continue
            for problem in check_figures(
                format=figures.get("format"),
                rows=figures.get("rows"),
                tokens=figures.get("tokens"),
                method=self._method,
                profile=self._profile,
                validation=name == "validation_file",
            ):
                self._found.append(replace(problem, path=name))
        self._found += [replace(problem, path="validation_file") for problem in self._overlap()]

    def _overlap(self) -> list[Diagnostic]:
        """Rows that both files have; the rows are read for this alone, and only where there are two files."""
        if not all(self._data.get(name) for name in FILES):
            return []
        training, validation = (_report(self._data.get(name)) for name in FILES)
        return [*overlap(training, validation)] if training and validation else []

    def _check_calendar(self) -> None:
        """What the calendar says; about a job that exists (and its model) only that its base ends, never an error."""
        model = self._props.get("model")
        if not isinstance(model, str) or not model:
            return
        dates = parse_dates(self._sources.first("shutdownDates") or "{}")
        customer = parse_customer(self._sources.first("azureCustomer"))
        for one in announcements(model, self._profile, today(), overrides=dates, customer=customer):
            if self._creating:
                self._found.append(one)
            elif one.code == Code.BASE_ENDS.value:
                self._found.append(replace(one, severity="warning"))

    def _check_cost(self) -> dict[str, Any]:
        prices = parse_prices(self._sources.first("prices") or "{}")
        model, figures = self._props.get("model"), self._data.get("training_file")
        if figures is UNKNOWN:
            return dict.fromkeys(ESTIMATES, UNKNOWN)
        figures = figures if isinstance(figures, Mapping) else {}
        if contains_unknown(model) or contains_unknown([figures.get(key) for key in KEYS]):
            return dict.fromkeys(ESTIMATES, UNKNOWN)
        training = training_of(self._props, figures, self._profile)
        cost = estimate(training, prices)
        if self._creating:
            self._check_budget(cost)
            self._found.append(_plan(f"would train; estimated cost: {cost.sentence}"))
        computed = {
            "estimated_tokens": estimated_tokens(training),
            "estimated_cost_usd": cost.amount,
            "estimated_cost_usd_low": cost.low_usd,
            "estimated_cost_usd_high": cost.high_usd,
        }
        return {name: value for name, value in computed.items() if value is not None}

    def _check_budget(self, cost: Estimate) -> None:
        own, stack = self._props.get("max_estimated_cost_usd"), self._sources.budget()
        if cost.high is None and self._profile.estimates_prices and self._sources.asks_for_prices():
            return  # the service is asked, and its answer compared with the limits, before the job is created
        limits = [check_budget(cost, own)] if isinstance(own, int | float) else []
        if stack is not None:
            limits.append(check_budget(cost, stack, setting=f"ftjobs:{BUDGET}"))
        self._found += [problem for problem in limits if problem]


def training_of(props: Mapping[str, Any], figures: Mapping[str, Any], profile: Profile) -> Training:
    """What decides about the cost of a declared job; `figures`: of its training file."""
    method = _method(props)
    chosen = effective_method(props)["hyperparameters"] if method else {}
    return Training(
        model=str(props.get("model")),
        tokens=figures.get("tokens"),
        rows=figures.get("rows"),
        tokens_exact=bool(figures.get("tokens_exact")),
        images=figures.get("images") or 0,
        n_epochs=chosen.get("n_epochs"),
        method=method,
        profile=profile,
    )


def _plan(message: str) -> Diagnostic:
    return Diagnostic("info", Code.PLAN.value, "", message)


def today() -> date:
    """The day in UTC, or FTJOBS_TODAY: what will the preview say then? Raises SettingsError if that is no day."""
    now, given = datetime.now(tz=timezone.utc), os.environ.get("FTJOBS_TODAY")
    try:
        return (datetime.strptime(given, "%Y-%m-%d") if given else now).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise SettingsError(
            f"FTJOBS_TODAY: {one_line(str(given), 40)!r} is not a date (expected YYYY-MM-DD, such as {now:%Y-%m-%d})"
        ) from None


def _data(props: Mapping[str, Any]) -> Mapping[str, Any]:
    """The figures of the files. Where the program is not known neither are they: that is not the same as none."""
    if props.get(PROGRAM) is UNKNOWN:
        return dict.fromkeys(FILES, dict.fromkeys(KEYS, UNKNOWN))
    return program_of(props).get("data") or {}


def _report(figures: Any) -> FileReport | None:
    """The full report of a local file; it was just read, so this costs nothing. None if it is not here."""
    path = figures.get("path") if isinstance(figures, Mapping) else None
    if not isinstance(path, str):
        return None
    try:
        return scan(path)
    except DataFileError:
        return None


def _method(props: Mapping[str, Any]) -> Any:
    """The kind of training, or None while it is not known or no kind at all."""
    method = props.get("method")
    if method is None:
        return "supervised"
    kind = method.get("type") if isinstance(method, Mapping) else None
    known = kind in {"supervised", "dpo", "reinforcement"} and isinstance(method.get(kind) or {}, Mapping)
    return kind if known else None
