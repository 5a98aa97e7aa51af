"""A small version control."""
import click


@click.group()
@click.option("--repo-home", envvar="REPO_HOME", default=".repo", metavar="PATH", help="Where the repository is.")
@click.option("--config", nargs=2, multiple=True, metavar="KEY VALUE", help="Override a setting.")
@click.option("--verbose", "-v", is_flag=True, help="More talk.")
@click.version_option("1.0")
@click.pass_context
def cli(ctx, repo_home, config, verbose):
    """Repo is a command line tool that showcases how to build complex
    command line interfaces with Click.

    It is meant as an example only.
    """


@cli.command()
@click.argument("src")
@click.argument("dest", required=False)
@click.option("--shallow/--deep", default=False, help="Copies shallow or deep.")
@click.option("--rev", "-r", default="HEAD", help="The revision to clone.")
def clone(src, dest, shallow, rev):
    """Clones a repository.

    This will clone the repository at SRC into the folder DEST.
    """


@cli.command(short_help="Copies files.")
@click.option("--force", is_flag=True, help="forcibly copy over an existing managed file")
@click.argument("src", nargs=-1, type=click.Path())
@click.argument("dst", type=click.Path())
def copy(src, dst, force):
    """Copies one or multiple files to a new location."""


@cli.command()
@click.confirmation_option()
def delete():
    """Deletes the repository."""


@cli.command()
@click.option("--username", prompt=True)
@click.password_option(help="The login password.")
def setuser(username, password):
    """Sets the user."""


if __name__ == "__main__":
    cli()
