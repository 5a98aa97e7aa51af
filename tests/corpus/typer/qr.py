import typer
from pathlib import Path

app = typer.Typer()


@app.command(help="Write a QR code for TEXT.", epilog="Made with care.")
def make(text: str, out: Path = typer.Option(..., "--out", "-o", writable=True, help="PNG to write"), scale: int = 4, border: int = 2, level: str = typer.Option("M", help="L, M, Q or H")):
    """This docstring is not shown."""


if __name__ == "__main__":
    app()
