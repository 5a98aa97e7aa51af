import click
from click import argument, command, group, option
from click import Path as ClickPath


@group()
@option("-C", "directory", type=ClickPath(), default=".", help="Run as if started there")
def git(directory):
    """Helpers for git."""


@git.command("recent-branches")
@option("--limit", "-n", default=10)
def recent(limit):
    """Branches by last commit."""


@git.command()
@argument("branch")
@argument("base", default="main")
@option("--push/--no-push", "-p/-P", default=False)
def start(branch, base, push):
    """Start a BRANCH from BASE."""


@git.command(hidden=True)
def selftest():
    """Secret."""


if __name__ == "__main__":
    git()
