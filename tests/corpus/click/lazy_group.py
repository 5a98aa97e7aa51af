import click
import importlib


class LazyGroup(click.Group):
    def list_commands(self, ctx):
        return ["a", "b"]

    def get_command(self, ctx, name):
        return importlib.import_module(name).cli


@click.command(cls=LazyGroup)
@click.option("--trace", is_flag=True)
def cli(trace):
    """Commands that are loaded late."""


if __name__ == "__main__":
    cli()
