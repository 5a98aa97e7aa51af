import time
import typer


def main(minutes: float = typer.Argument(25.0, help="How long"), bell: bool = typer.Option(True, help="Ring at the end"), label: str = typer.Option("", "--label", "-l")):
    """A kitchen timer."""
    time.sleep(minutes * 60)


if __name__ == "__main__":
    typer.run(main)
