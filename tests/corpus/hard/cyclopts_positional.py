from cyclopts import App, Parameter
from typing import Annotated
app = App()
V = Annotated[bool, Parameter(name="--verbose", negative="")]
@app.default
def main(a: int = 1, b: list[str] | None = None, /, *c: int, v: V = False, d: Annotated[int | None, Parameter(help="dd", required=True)] = None, e: float = 1e3): 
    """Main.

    Parameters
    ----------
    a : int
        The a.
    *c
        The c.
    """
app()
