from cyclopts import App, Parameter
from typing import Annotated

app = App()


@app.command
async def scale(service: str, replicas: int, *, wait: Annotated[bool, Parameter(negative="--background")] = True, tag: Annotated[list[str], Parameter(negative="", help="Labels")] = [], quiet: Annotated[bool, Parameter(negative=())] = False):
    """Scale SERVICE to REPLICAS."""


@app.command(name=["remove", "rm"])
def removeService(service: str, force_now: bool = False):
    """Remove SERVICE."""


if __name__ == "__main__":
    app()
