from cyclopts import App, Parameter
from typing import Annotated

app = App(name="db", help="A database.")
tables = App(name="table", help="Its tables.")
app.command(tables)
app.command(users := App(name="user"))

Url = Annotated[str, Parameter(name="--url", env_var="DATABASE_URL", help="Where the database is")]


@tables.command
def create(name: str, *columns: str, url: Url = "sqlite://"):
    """Create a table."""


@tables.command(show=False)
def vacuum(url: Url = "sqlite://"):
    """Hidden."""


if __name__ == "__main__":
    app()
