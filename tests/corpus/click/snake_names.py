import click


@click.group()
def MyTool():
    """Upper case letters in a name."""


@MyTool.command()
@click.option("--dry_run", is_flag=True)
@click.option("--Max-Size", type=int)
@click.argument("INPUT-file")
def import_data_command(dry_run, max_size, input_file):
    """Import."""


@MyTool.command()
@click.argument("_hidden", default="x")
def list_(_hidden):
    """Trailing underscore."""


if __name__ == "__main__":
    MyTool()
