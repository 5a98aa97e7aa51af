import cyclopts
from cyclopts import Parameter
from typing import Annotated, Sequence

app = cyclopts.App("grep", help="Find text.")


@app.default()
def grep(
    pattern: Annotated[str, Parameter(help="What to find")],
    files: Annotated[list[str], Parameter(help="Where")],
    *,
    ignore_case: Annotated[bool, Parameter(("--ignore-case", "-i"))] = False,
    context: Annotated[int, Parameter(name=("-C", "--context"))] = 0,
    include: Sequence[str] = (),
    secret: Annotated[str, Parameter(show=False)] = "",
):
    """Look for PATTERN in FILES."""


if __name__ == "__main__":
    app()
