"""`ftjobs query`: inventory and audit in one SQL statement."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import count
from typing import Annotated

import typer

from pulumi_ftjobs.cli.billing import billed
from pulumi_ftjobs.cli.options import AsJson, StackConfig
from pulumi_ftjobs.cli.output import print_json, print_rows
from pulumi_ftjobs.cli.service_client import client_of, sources
from pulumi_ftjobs.cli.tables import ask, load, mentioned


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT, in SQLite's dialect.")],
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Ask about jobs, events, checkpoints, files and models in SQL; read-only, every page is fetched.

    Columns have the service's names; objects and lists are JSON (`metadata ->> 'team'`), times are seconds.
    `cost_usd(model, trained_tokens)` is what these tokens cost, null where no price is known.
    """
    places = sources(use_stack=stack_config)
    with closing(sqlite3.connect(":memory:")) as database:
        tables = mentioned(sql)
        if tables:
            with client_of(places) as client:
                load(database, client, tables)
        database.create_function("cost_usd", 2, billed(places), deterministic=True)
        names, rows = ask(database, sql)
    if as_json:
        print_json([dict(zip(_distinct(names), row, strict=True)) for row in rows])
    else:
        print_rows(names, rows)


def _distinct(names: list[str]) -> list[str]:
    """The names of columns as members of an object: the second `a` is `a_1`."""
    found: list[str] = []
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1))
        found.append(
            name if name not in found else next(one for one in numbered if one not in {*found, *names})
        )
    return found
