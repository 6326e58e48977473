"""`ftjobs query`: inventory and audit in one SQL statement."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Annotated

import typer

from pulumi_ftjobs.cli.options import AsJson, StackConfig
from pulumi_ftjobs.cli.output import print_json, print_rows
from pulumi_ftjobs.cli.service import service
from pulumi_ftjobs.cli.tables import ask, load, mentioned


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT, in SQLite's dialect.")],
    as_json: AsJson = False,
    stack_config: StackConfig = False,
) -> None:
    """Ask about jobs, events, checkpoints, files and models in SQL; read-only, every page is fetched.

    Columns have the service's names; objects and lists are JSON (`metadata ->> 'team'`), times are seconds.
    """
    with closing(sqlite3.connect(":memory:")) as database:
        tables = mentioned(sql)
        if tables:
            with service(use_stack=stack_config) as client:
                load(database, client, tables)
        names, rows = ask(database, sql)
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_rows(names, rows)
