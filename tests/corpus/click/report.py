# /// script
# dependencies = ["click>=8"]
# ///
import click
import datetime


@click.command(help="Make a report for a month.")
@click.argument("year", type=int, default=datetime.date.today().year)
@click.argument("month", type=click.IntRange(1, 12), default=1)
@click.option("--template", type=click.Path(exists=True), default="report.html")
@click.option("--currency", default="EUR", type=click.Choice(["EUR", "USD"]), help="ISO code")
@click.option("--rate", type=click.FLOAT, default=1)
@click.option("--draft", "-d", is_flag=True, flag_value=True, default=True)
@click.option("--page", "pages", multiple=True, type=int)
def report(**options):
    """Ignored docstring."""


if __name__ == "__main__":
    report()
