import click


@click.command(context_settings=dict(ignore_unknown_options=True, allow_extra_args=True))
@click.option("--wait", type=click.FloatRange(0, 60), default=1.5, help="Seconds\nbetween tries.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def retry(wait, command):
    """Run COMMAND until it succeeds."""


if __name__ == "__main__":
    retry()
