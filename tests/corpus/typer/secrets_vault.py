import typer
from typing import Annotated

vault = typer.Typer(help="Keep secrets.", callback=None)


@vault.command()
def put(
    key: str,
    value: Annotated[str, typer.Option(prompt="Secret", hide_input=True, confirmation_prompt=True, help="Asked for if not given")],
    ttl: Annotated[str, typer.Option(help="Like 10m or 2h")] = "24h",
):
    """Store a secret."""


@vault.command()
def get(key: str, copy: Annotated[bool, typer.Option("--copy", help="To the clipboard")] = False, internal: Annotated[bool, typer.Option(hidden=True)] = False):
    """Show a secret."""


def _main():
    vault()


if __name__ == "__main__":
    _main()
