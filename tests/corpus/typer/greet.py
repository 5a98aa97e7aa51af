"""Say hello to someone."""

import typer


def main(name: str, formal: bool = False, times: int = 1):
    """Greet NAME, once or several times."""
    for _ in range(times):
        print(f"Good day, {name}." if formal else f"Hi {name}!")


if __name__ == "__main__":
    typer.run(main)
