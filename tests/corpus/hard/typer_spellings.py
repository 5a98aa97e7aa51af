import typer
from enum import IntEnum, Enum
from pathlib import Path
from typing import Annotated, Optional, Sequence, Set
class L(IntEnum):
    A = 1
    B = 2
class M(Enum):
    x = "X"
    y = "Y"
    z = x
sub = typer.Typer()
app = typer.Typer(invoke_without_command=True, no_args_is_help=False)
app.add_typer(sub, name="sub", short_help="S")
@sub.command()
def only(a: Annotated[Optional[Path], typer.Argument()] = None, b: Annotated[bool, typer.Argument(help="b?")] = False, c: Optional[bool] = None):
    """Only one.

    :param a: no
    """
@app.command()
def one(v: bool = typer.Option(False, "-v"), w: Annotated[bool, typer.Option("--up/--down", "-u/-d")] = True, off: bool = typer.Option(True, " /--off"), m: M = M.z, ms: list[M] = typer.Option([M.x]), f: float = 1, seq: Annotated[Sequence[str], typer.Option()] = (), p: Path = "x/y", u: str = typer.Option(None, "--u-u", "-U")):
    '''One.'''
@app.command("Two_Words")
def two(*, a: int, b: Annotated[str, typer.Option("--bee", rich_help_panel="P")] = "yes") -> None: ...
if __name__ == "__main__":
    app()
