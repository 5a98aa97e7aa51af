"""Look things up in an archive."""
import typer

app = typer.Typer()
HELP = "How many results " + "to show"
LIMITS = {"small": 10, "large": 100}


@app.command()
def search(query: list[str], limit: int = typer.Option(LIMITS["small"], help=HELP), media: str = typer.Option("texts".upper(), help="""Kind of
    thing to look for.""")):
    """Search for QUERY."""


@app.command()
def download(identifier: str, glob: str = typer.Option("*", "--glob"), checksum: bool = typer.Option(default=True), retries: int = typer.Option(default=5, help="Tries")):
    """Download files of an item."""


if __name__ == "__main__":
    app(prog_name="ia")
