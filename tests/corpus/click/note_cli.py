from typing import Optional
import click


@click.group()
@click.option("--vault", type=click.Path(), required=True, envvar="NOTE_VAULT")
@click.pass_context
def cli(ctx: click.Context, vault: str) -> None:
    """Notes."""
    ctx.ensure_object(dict)["vault"] = vault


@cli.command()
@click.argument("title")
@click.option("--tag", "-t", "tags", multiple=True, help="Tags.")
@click.option("--template", default=None, type=str, help="""
    Start from a template.
""")
@click.pass_obj
def new(obj: dict, title: str, tags: tuple[str, ...], template: Optional[str]) -> None:
    """New note called TITLE."""


@cli.command()
@click.argument("query", default="")
@click.option("--limit", default=20, type=click.IntRange(1), help="Most results.")
@click.pass_obj
def search(obj: dict, query: str, limit: int) -> None:
    """Search.

    Case does not matter.
    """


if __name__ == "__main__":
    cli()
