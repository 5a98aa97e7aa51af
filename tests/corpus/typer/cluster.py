"""Nested groups, three levels deep."""
import typer
from typing import Annotated

app = typer.Typer()
node = typer.Typer(help="Nodes")
pool = typer.Typer(help="Pools of nodes")
node.add_typer(pool, name="pool")
app.add_typer(node, name="node")

Name = Annotated[str, typer.Argument(help="Name in the cluster")]


@pool.command("scale")
def scale_pool(name: Name, to: Annotated[int, typer.Option("--to", min=0)]):
    """Scale a pool."""


@node.command()
def drain(name: Name, grace_seconds: int = 30, ignore_daemon_sets: bool = False):
    """Drain a node."""


@app.command()
def version():
    """Print the version."""


if __name__ == "__main__":
    app()
