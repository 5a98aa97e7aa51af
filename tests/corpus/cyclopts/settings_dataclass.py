from dataclasses import dataclass
from cyclopts import App, Parameter


@Parameter(name="*")
@dataclass
class Settings:
    host: str = "localhost"
    port: int = 80


app = App()


@app.command
def serve(settings: Settings = Settings(), *, debug: bool = False):
    """Serve."""


@app.command
def check(path: str = "config.toml"):
    """Check the settings."""


if __name__ == "__main__":
    app()
