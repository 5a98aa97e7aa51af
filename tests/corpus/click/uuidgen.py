import uuid
import click


@click.command("uuidgen")
@click.option("--version", "kind", type=click.Choice([1, 4, 5]), default=4)
@click.option("--namespace", type=click.UUID, default=str(uuid.NAMESPACE_DNS))
@click.option("--number", "-n", default=1, type=click.IntRange(min=1, max=1000, clamp=True))
@click.help_option("--help", "-h")
def uuid_command(kind, namespace, number):
    """Make identifiers."""


if __name__ == "__main__":
    uuid_command()
