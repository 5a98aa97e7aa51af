import functools
import click


def common(function):
    @click.option("--debug/--no-debug", default=False)
    @click.option("--profile", default="default", help="Settings to use")
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def output_options(f):
    f = click.option("--json", "as_json", is_flag=True, help="Print JSON")(f)
    f = click.option("--out", type=click.Path(writable=True))(f)
    return f


verbose_option = click.option("-v", "--verbose", count=True)


@click.group()
def cli():
    "Options that several commands share."


@cli.command()
@common
@click.argument("name")
def show(debug, profile, name):
    """Show NAME."""


@cli.command("list")
@output_options
@common
@verbose_option
def list_all(**kwargs):
    """List everything."""


if __name__ == "__main__":
    cli()
