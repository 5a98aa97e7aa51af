import random
import typer

app = typer.Typer()
state = {"verbose": False}


def default_seed() -> int:
    return random.randint(0, 9)


@app.command()
def shuffle(files: list[str], seed: int = typer.Option(default_factory=default_seed), limit: int = typer.Option(0, "--limit")):
    """Shuffle FILES."""


@app.command()
def sort(files: list[str] = typer.Argument(default=None), by: str = "title", reverse: bool = typer.Option(False, "--reverse", "-r")):
    """Sort FILES."""


@app.callback()
def main(verbose: bool = False):
    """
    Order music.
    """
    state["verbose"] = verbose


if __name__ == "__main__":
    app()
