"""An app that takes commands from elsewhere."""
import importlib
import typer

app = typer.Typer()


@app.command()
def list_plugins(all: bool = False):
    """List the plugins."""


for name in ("json", "csv"):
    module = importlib.import_module(name)
    app.command(name)(lambda: None)

if __name__ == "__main__":
    app()
