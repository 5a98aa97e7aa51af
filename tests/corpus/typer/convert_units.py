import typer

app = typer.Typer()

FACTORS = {"km": 1000.0, "m": 1.0, "cm": 0.01, "mile": 1609.344}


@app.command()
def convert(
    value: float,
    source: str = typer.Argument(..., metavar="FROM"),
    target: str = typer.Argument("m", metavar="TO", help="Unit to convert to"),
    digits: int = typer.Option(2, "--digits", "-d", min=0, max=10, clamp=True, help="Digits after the point"),
):
    """Convert lengths between units."""
    print(round(value * FACTORS[source] / FACTORS[target], digits))


app()
