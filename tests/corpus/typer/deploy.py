"""Deploy a service to an environment."""
from __future__ import annotations

import enum
import typing as t

import typer

cli = typer.Typer(add_completion=False)


class Environment(str, enum.Enum):
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


DEFAULT_REGION = "eu-west-1"
VERSION = "1.4.2"


def show_version(value: bool) -> None:
    if value:
        print(VERSION)
        raise typer.Exit()


@cli.callback()
def root(
    verbose: t.Annotated[int, typer.Option("--verbose", "-v", count=True, help="More talk")] = 0,
    version: t.Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version")] = False,
) -> None:
    """Move builds to where people use them."""


@cli.command()
def up(
    service: str,
    environment: t.Annotated[Environment, typer.Option("--env", "-e", envvar="DEPLOY_ENV")] = Environment.DEV,
    region: str = DEFAULT_REGION,
    replicas: t.Annotated[t.Optional[int], typer.Option(help=f"Default depends on {DEFAULT_REGION}")] = None,
) -> None:
    """Bring a service up."""


@cli.command()
def down(service: str, force: bool = typer.Option(False, "--force", "-f", help="Don't wait for requests")) -> None:
    """Take a service down."""


if __name__ == "__main__":
    cli()
