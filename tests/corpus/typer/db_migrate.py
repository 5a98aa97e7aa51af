"""Schema migrations."""
from functools import wraps
import typer

app = typer.Typer(help="Move the schema of a database.")
DSN = "sqlite:///app.db"


def timed(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@app.command()
@timed
def upgrade(revision: str = "head", dsn: str = typer.Option(DSN, envvar="DATABASE_URL"), sql: bool = typer.Option(False, "--sql", help="Print only")):
    """Upgrade to REVISION."""


@app.command()
@timed
def downgrade(revision: str, dsn: str = typer.Option(DSN, envvar="DATABASE_URL")):
    """Downgrade to REVISION."""


@app.command()
def history(limit: int = typer.Option(None, help="At most so many")):
    """Show what was done."""


if __name__ == "__main__":
    app()
