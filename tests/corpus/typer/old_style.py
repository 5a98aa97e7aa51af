from typing import Optional
import typer as ty
from typer import Argument as Arg, Option as Opt, Typer

application = Typer(chain=False) if False else Typer()
app = ty.Typer()


@app.command()
def legacy(src: str = Arg(...), dst: Optional[str] = Arg(None, help="Target"), mode: str = Opt("copy", "--mode"), n: int = Opt(..., "-n", help="Needed")):
    """Both import styles."""


if __name__ == "__main__":
    app()
