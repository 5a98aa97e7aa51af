# /// script
# requires-python = ">=3.11"
# dependencies = ["click>=8.1"]
# ///
"""Look into an SQLite database: its tables, their columns, and the answer to a query.

A `.sql` file is loaded into memory and then used like a database. Databases are opened read-only.
"""

import csv
import json
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click


def opened(path: Path) -> sqlite3.Connection:
    """The database in a file, read-only. Ends with a message where that is none."""
    try:
        if path.suffix == ".sql":
            database = sqlite3.connect(":memory:")
            database.executescript(path.read_text(encoding="utf-8"))
        else:
            database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            database.execute("select 1 from sqlite_master")
    except sqlite3.Error as error:
        raise click.ClickException(f"`{path}` can't be used as a database: {error}") from error
    return database


def write(names: Sequence[str], rows: Iterable[Sequence[object]], form: str) -> None:
    """Write rows as a table, CSV or JSON."""
    if form == "json":
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=str, indent=2))
    elif form == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows([names, *rows])
    else:
        cells = [["" if cell is None else str(cell) for cell in row] for row in [names, *rows]]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in [cells[0], ["-" * width for width in widths], *cells[1:]]:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@click.group(help=__doc__)
def cli() -> None:
    pass


@cli.command()
@click.argument("database", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def tables(database: Path) -> None:
    """List the tables with the number of their rows."""
    connection = opened(database)
    names = [
        name for (name,) in connection.execute("select name from sqlite_master where type = 'table' order by name")
    ]
    for name in names:
        quoted = '"' + name.replace('"', '""') + '"'
        (count,) = connection.execute(f"select count(*) from {quoted}").fetchone()
        print(f"{count:>8}  {name}")


@cli.command()
@click.argument("database", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("table")
def columns(database: Path, table: str) -> None:
    """List the columns of a table."""
    rows = opened(database).execute("select name, type from pragma_table_info(?)", [table]).fetchall()
    if not rows:
        raise click.ClickException(f"there is no table `{table}`")
    write(["column", "type"], rows, "table")


@cli.command()
@click.argument("database", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("sql")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="how to write rows"
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="write at most this many rows"
)
@click.option("-p", "--parameter", multiple=True, help="a value for the next `?` in the query")
def query(database: Path, sql: str, form: str, limit: int, parameter: tuple[str, ...]) -> None:
    """Run one SQL query and write its rows."""
    try:
        cursor = opened(database).execute(sql, parameter)
    except sqlite3.Error as error:
        raise click.ClickException(f"the query failed: {error}") from error
    rows = cursor.fetchmany(limit)
    write([name for name, *_ in cursor.description or ()], rows, form)
    if cursor.fetchone() is not None:
        print(f"only the first {limit} rows: `--limit` shows more", file=sys.stderr)


if __name__ == "__main__":
    cli()
