import secrets
import string

import typer


def generate(
    length: int = typer.Option(16, "--length", "-l", help="Characters"),
    count: int = typer.Option(1, "--count", "-c"),
    symbols: bool = typer.Option(True, "--symbols/--no-symbols", help="Use symbols as well"),
    ambiguous: bool = typer.Option(False, "--allow-ambiguous", help="Allow 0/O and 1/l"),
):
    """Generate passwords."""
    alphabet = string.ascii_letters + string.digits + (string.punctuation if symbols else "")
    for _ in range(count):
        print("".join(secrets.choice(alphabet) for _ in range(length)))


if __name__ == "__main__":
    typer.run(generate)
