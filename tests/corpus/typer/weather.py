import enum
import typer
from typing import Annotated, Tuple


class Units(enum.StrEnum):
    METRIC = enum.auto()
    IMPERIAL = enum.auto()


app = typer.Typer()


@app.command("now")
def current(
    place: Annotated[Tuple[float, float], typer.Option("--at", help="Latitude and longitude")] = (52.5, 13.4),
    units: Units = Units.METRIC,
    api_key: Annotated[str, typer.Option(envvar=["WEATHER_KEY", "API_KEY"], show_envvar=False, help="Key of the service")] = "",
):
    """The weather now."""


@app.command("forecast")
def forecast(days: Annotated[int, typer.Argument(min=1, max=14)] = 3, units: Units = Units.METRIC):
    """The weather of the next DAYS."""


if __name__ == "__main__":
    app()
