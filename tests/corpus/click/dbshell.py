import click

DEFAULTS = {"host": "localhost", "port": 5432}


@click.group(invoke_without_command=True, help="Talk to a database.")
@click.option("-h", "--host", default=DEFAULTS["host"], show_default=True)
@click.option("-p", "--port", default=DEFAULTS["port"], type=click.INT)
@click.option("--password", hide_input=True)
def database(host, port, password):
    pass


def dump():
    """Not a command."""


@click.command("dump")
@click.option("--table", "-t", "tables", multiple=True)
@click.option("--gzip", is_flag=True, default=False)
def dump_command(tables, gzip):
    """Write out all data."""


@click.command()
@click.argument("dump_file", type=click.File())
@click.option("--drop-existing", is_flag=True)
def restore_cmd(dump_file, drop_existing):
    """Read data back."""


database.add_command(dump_command)
database.add_command(restore_cmd, name="load")

if __name__ == "__main__":
    database()
