from pathlib import Path
import typer

app = typer.Typer()
BASE = dict(help="Quality of pictures", min=1, max=100)


@app.command()
def merge(
    inputs: list[Path] = typer.Argument(..., help="PDF files, in order"),
    output: Path = typer.Option(Path("merged.pdf"), "-o", "--output"),
    quality: int = typer.Option(90, "--quality", **BASE),
    pages: tuple[int, int] = typer.Option((1, 10), help="First and last page"),
    password: str = typer.Option(None, "--password", envvar="PDF_PASSWORD"),
):
    """Merge PDF files."""


if __name__ == "__main__":
    app()
