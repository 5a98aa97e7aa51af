from cyclopts import App, Parameter
from typing import Annotated, Optional, Union, Tuple, List
from pathlib import Path
app = App(name="y1", help="Y\n\nmore", default_parameter=None)
@app.command(alias="x")
def a(x: Union[int, str], y: Optional[List[Path]] = None, /, z: Annotated[Tuple[int, ...], Parameter(help="zs")] = (), *, w: Annotated[Optional[str], Parameter(name="-w")] = None, on: Annotated[bool, Parameter(name=["--on", "-n"], negative="--off")] = False, many: list[bool] = [True]):
    """A does.

    Args:
        x: the x
        y: the y
    """
@app.command
def b(first: list[str], second: int = 2, third: bool = False, *, n: int = 1): pass
app()
