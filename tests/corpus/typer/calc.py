import typer

app = typer.Typer(name="calc", help="Arithmetic.")


@app.command()
def add(numbers: list[float]):
    """Sum of NUMBERS."""


@app.command("sub")
def subtract(a: float, b: float):
    """Difference."""


def multiply(a: float, b: float = 1.0):
    """Product."""


app.command()(multiply)
app.command("power")(lambda base, exponent: base**exponent)

if __name__ == "__main__":
    app()
