# /// script
# requires-python = ">=3.10"
# dependencies = ["typer"]
# ///
"""A to-do list in a JSON file."""

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

app = typer.Typer(help="Keep a list of things to do.", no_args_is_help=True)
STORE = Path("todo.json")


def load(store: Path) -> list[dict]:
    return json.loads(store.read_text()) if store.exists() else []


@app.command()
def add(
    title: Annotated[str, typer.Argument(help="What is to be done")],
    priority: Annotated[int, typer.Option("--priority", "-p", min=1, max=5, help="1 is most urgent")] = 3,
    tag: Annotated[Optional[list[str]], typer.Option("--tag", "-t", help="May be given several times")] = None,
    store: Annotated[Path, typer.Option(help="File of the list")] = STORE,
):
    """Add a task."""
    items = load(store)
    items.append({"title": title, "priority": priority, "tags": tag or [], "done": False})
    store.write_text(json.dumps(items))


@app.command("list")
def list_tasks(
    done: Annotated[bool, typer.Option("--done/--open", help="Which tasks to show")] = False,
    store: Annotated[Path, typer.Option(help="File of the list")] = STORE,
):
    """List the tasks.

    Open ones unless `--done` is given.
    """
    for item in load(store):
        if item["done"] == done:
            print(item["title"])


@app.command(name="rm", help="Remove a task by its number.")
def remove_task(number: int, yes: Annotated[bool, typer.Option("--yes", "-y")] = False):
    typer.confirm("Sure?", abort=True) if not yes else None


if __name__ == "__main__":
    app()
