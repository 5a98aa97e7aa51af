import click


class AliasedGroup(click.Group):
    def get_command(self, ctx, name):
        return super().get_command(ctx, {"ci": "commit"}.get(name, name))


@click.group(cls=AliasedGroup)
def cli():
    """With aliases."""


@cli.command()
@click.option("-m", "--message")
def commit(message):
    """Commit."""


@cli.command()
def push_group():
    """Push."""


if __name__ == "__main__":
    cli()
