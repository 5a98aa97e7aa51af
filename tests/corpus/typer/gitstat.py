import subprocess
from datetime import datetime
from typing import Optional

import typer

app = typer.Typer(rich_markup_mode="rich")


@app.command(context_settings={"help_option_names": ["-h", "--help"]})
def stat(
    repo: str = typer.Argument(".", help="Path of the [bold]repository[/bold]"),
    since: datetime = typer.Option(None, formats=["%Y-%m-%d"], help="Only commits after this day"),
    author: Optional[str] = typer.Option(None, "--author", "-a"),
    top: int = typer.Option(10, help="How many authors to show"),
    merges: bool = typer.Option(True, help="Count merges"),
):
    """
    Count commits per author.

    Uses `git shortlog`; needs git on PATH.
    """
    command = ["git", "-C", repo, "shortlog", "-sn"]
    if since:
        command.append(f"--since={since:%Y-%m-%d}")
    subprocess.run(command, check=True)


if __name__ == "__main__":
    app()
