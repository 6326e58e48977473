"""`ftjobs query`: inventory and audit in one SQL statement."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import count
from typing import Annotated

import typer

from pulumi_ftjobs.cli.billing import cost_function
from pulumi_ftjobs.cli.service_client import client_for, setting_sources
from pulumi_ftjobs.cli.shared_options import AsJson, StackConfig
from pulumi_ftjobs.cli.sql_tables import execute, load, mentioned
from pulumi_ftjobs.cli.terminal_output import print_json, print_rows


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT, in SQLite's dialect.")],
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Query jobs, events, checkpoints, files and models with one SQL statement.

    Read-only; every page of the tables in the statement is fetched.
    Columns have the service's names; objects and lists are JSON (`metadata ->> 'team'`), times are seconds since 1970.
    `cost_usd(model, trained_tokens)` is the price of these tokens, null where no price is known.
    """
    sources = setting_sources(use_stack=stack_config)
    with closing(sqlite3.connect(":memory:")) as database:
        tables = mentioned(sql)
        if tables:
            with client_for(sources) as client:
                load(database, client, tables)
        database.create_function("cost_usd", 2, cost_function(sources), deterministic=True)
        names, rows = execute(database, sql)
    if as_json:
        print_json([dict(zip(_distinct(names), row, strict=True)) for row in rows])
    else:
        print_rows(names, rows)


def _distinct(names: list[str]) -> list[str]:
    """Column names as member names: the second `a` becomes `a_1`."""
    found: list[str] = []
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1))
        found.append(
            name if name not in found else next(one for one in numbered if one not in {*found, *names})
        )
    return found
