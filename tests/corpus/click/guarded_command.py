import sys
import click


@click.group()
def cli():
    """Depends on the system."""


@cli.command()
def everywhere():
    """Works anywhere."""


if sys.platform != "win32":

    @cli.command()
    @click.option("--signal", default=15)
    def kill(signal):
        """POSIX only."""


if __name__ == "__main__":
    cli()
