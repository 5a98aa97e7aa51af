import click

PREFIX = "data"


@click.command()
@click.option(f"--{PREFIX}-dir", default=f"/{PREFIX}")
@click.option("--" + PREFIX + "-mode", default="0o755")
@click.option("--no-" + PREFIX, is_flag=True)
def setup(data_dir, data_mode, no_data):
    """Set up folders."""


if __name__ == "__main__":
    setup()
