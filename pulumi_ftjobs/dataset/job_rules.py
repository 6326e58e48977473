"""The rules that need to know what a file is for: the method, the service, training or validation."""

from __future__ import annotations

from typing import Literal

from pulumi_ftjobs.dataset.file_report import FileReport, Format
from pulumi_ftjobs.dataset.rule_codes import SEVERITY
from pulumi_ftjobs.lifecycle.diagnostics import Diagnostic, Severity
from pulumi_ftjobs.lifecycle.profiles import Profile

Method = Literal["supervised", "dpo", "reinforcement"]

FEWEST = 10
"""Rows a job needs at OpenAI and Azure; with fewer it fails after the upload (code invalid_n_examples)."""

MOST_REINFORCEMENT = {False: 50_000, True: 1_000}
"""Rows of a reinforcement job's training and validation (True) file, OpenAI's guide."""

MOST_TOKENS = 50_000_000
"""Tokens in a training file beyond which OpenAI may refuse a job; not documented for every model."""

_FITTING: dict[Method, tuple[Format, ...]] = {
    "supervised": ("chat", "completion"),
    "dpo": ("preference",),
    "reinforcement": ("reinforcement",),
}


def check_against(
    report: FileReport, *, method: Method | None, profile: Profile, validation: bool = False
) -> tuple[Diagnostic, ...]:
    """What is wrong with a file for this method (None: not known, nothing is said about it) and service."""
    return check_figures(
        format=report.format,
        rows=report.rows,
        tokens=report.tokens,
        bom=report.bom,
        method=method,
        profile=profile,
        validation=validation,
    )


def check_figures(
    *,
    format: Format | None,  # noqa: A002 - the name users read
    rows: int | None,
    tokens: int | None = None,
    bom: bool | None = None,
    method: Method | None,
    profile: Profile,
    validation: bool = False,
) -> tuple[Diagnostic, ...]:
    """`check_against` for a file of which only recorded figures are known; None is never wrong."""
    found = [
        _mark(bom, profile),
        _format(format, method),
        _rows(rows, method, profile, validation=validation),
        _tokens(tokens, profile),
    ]
    return tuple(problem for problem in found if problem is not None)


def _problem(code: str, message: str, severity: Severity | None = None) -> Diagnostic:
    return Diagnostic(severity or SEVERITY[code], code, "", message)


def _mark(bom: bool | None, profile: Profile) -> Diagnostic | None:
    if bom and profile.byte_order_mark == "refused":
        return _problem(
            "FT107",
            f"begins with a UTF-8 byte order mark, which {profile.service} refuses: save it without one",
        )
    if bom is False and profile.byte_order_mark == "expected":
        return _problem(
            "FT109", f"has no UTF-8 byte order mark, which {profile.service}'s documentation asks for"
        )
    return None


def _format(found: Format | None, method: Method | None) -> Diagnostic | None:
    if found is None or method is None or found in _FITTING[method]:
        return None
    if (found, method) == ("reinforcement", "supervised"):
        return _problem(
            "FT122",
            "has no assistant messages to learn from at the end of its rows, as method supervised needs",
        )
    needed = "chat" if method == "supervised" else _FITTING[method][0]
    return _problem("FT122", f"holds {found} rows, but method {method} trains on {needed} rows")


def _rows(
    rows: int | None, method: Method | None, profile: Profile, *, validation: bool
) -> Diagnostic | None:
    if rows is None:
        return None
    certain: Severity = "error" if profile.strict else "warning"
    if rows < FEWEST and not validation:
        s = "" if rows == 1 else "s"
        return _problem("FT123", f"has {rows} row{s}: a job needs at least {FEWEST}", certain)
    most = MOST_REINFORCEMENT[validation]
    if method == "reinforcement" and rows > most:
        return _problem("FT124", f"has {rows:,} rows: reinforcement takes at most {most:,} here", certain)
    return None


def _tokens(tokens: int | None, profile: Profile) -> Diagnostic | None:
    if tokens is None or tokens <= MOST_TOKENS or not profile.strict:
        return None
    return _problem("FT183", f"has {tokens:,} tokens: services often refuse more than {MOST_TOKENS:,}")
