import click
import getpass


@click.command()
@click.option("--user", default=getpass.getuser)
@click.option("--home", default=lambda: "/home/x", show_default="your home")
@click.option("--shell", default=None, envvar="SHELL")
@click.option("--groups", multiple=True, default=("users", "wheel"))
@click.option("--expires", type=click.DateTime(), default="2030-01-01")
def adduser(user, home, shell, groups, expires):
    """Add a user."""


if __name__ == "__main__":
    adduser()
