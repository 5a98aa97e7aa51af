"""Administer users, groups and tokens."""

from typing import Annotated

import typer

app = typer.Typer()
users = typer.Typer(help="Manage users.")
groups = typer.Typer()
tokens = typer.Typer(name="tokens", help="Manage tokens.", hidden=False)
app.add_typer(users, name="users")
app.add_typer(groups, name="groups", help="Manage groups.")
app.add_typer(tokens)


@users.command()
def create(name: str, email: Annotated[str, typer.Option(prompt=True)], admin: bool = False):
    """Create a user."""


@users.command("delete")
def delete_user(user_id: int, purge: Annotated[bool, typer.Option("--purge")] = False):
    """Delete a user for good."""


@groups.callback()
def groups_callback(dry_run: Annotated[bool, typer.Option("--dry-run", "-n")] = False):
    """Not shown, as help was given above."""


@groups.command()
def show(group_name: str):
    """Show who is in a group."""


@tokens.command()
def revoke_all(older_than_days: int = 30):
    """Revoke old tokens."""


if __name__ == "__main__":
    app()
