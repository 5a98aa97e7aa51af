import typer
from typing import Annotated
app = typer.Typer(help="A\n\nB")
@app.callback()
def cb(x: Annotated[str, typer.Option(help="  padded  ")] = "1"): """cb doc"""
@app.command(help="""
    Long help
    over lines.

    More.
    """)
def go(n: "int" = 1, s: "Annotated[str, typer.Option('--ess')]" = "q", t: tuple[str, int, bool] = ("a", 1, True), k: Annotated[int, typer.Option(min=0)] = ..., d: dict = None): ...
app()
