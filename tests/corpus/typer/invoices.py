import datetime as dt
import decimal
import uuid
import typer
from typing import Optional

app = typer.Typer(help="""Invoices of a small firm.

Everything is kept in one file.""")


@app.command()
def issue(
    customer: str = typer.Argument(..., help="Who pays"),
    amount: float = typer.Argument(...),
    due: dt.datetime = typer.Option("2030-01-01", help="When"),
    reference: Optional[uuid.UUID] = typer.Option(None, "--ref"),
    lines: Optional[list[str]] = typer.Option(None, "--line", help="A line of the invoice"),
):
    """Issue an invoice."""


@app.command()
def pay(number: int, on: Optional[dt.datetime] = None, partial: bool = typer.Option(False, "--partial/--full")):
    """Note a payment."""


if __name__ == "__main__":
    app()
