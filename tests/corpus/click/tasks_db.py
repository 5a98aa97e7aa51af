import click
import sqlite3
from dataclasses import dataclass


@dataclass
class State:
    path: str


pass_state = click.make_pass_decorator(State, ensure=True)


@click.group(chain=True)
@click.option("--db", default="tasks.db", type=click.Path())
@click.pass_context
def tasks(ctx, db):
    """Tasks in SQLite."""
    ctx.obj = State(db)


@tasks.command()
@click.argument("title", nargs=-1)
@click.option("--due", help="Day, as YYYY-MM-DD.", default=None)
@pass_state
def add(state, title, due):
    """Add a task."""


@tasks.command()
@click.option("--all", "show_all", is_flag=True, help="Done ones too.")
@click.option("--sort", type=click.Choice(["due", "title", "age"]), default="due", show_choices=True)
@pass_state
def ls(state, show_all, sort):
    """List tasks."""


@tasks.result_callback()
def done(results, **kwargs):
    pass


if __name__ == "__main__":
    tasks()
