import typer
from dataclasses import dataclass
from typing import Annotated


@dataclass
class Settings:
    server: str = "https://example.org"
    port: int = 8448


app = typer.Typer()


@app.command()
def send(room: str, message: str, server: str = Settings.port, html: Annotated[bool, typer.Option("--html", help="MESSAGE is HTML")] = False):
    """Send a message."""


@app.command()
def join(*, room: str, as_user: Annotated[str, typer.Option("--as")] = "bot"):
    """Join a room."""


if __name__ == "__main__":
    app()
