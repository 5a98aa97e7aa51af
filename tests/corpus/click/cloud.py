"""Groups in groups."""
import click


@click.group()
def cloud():
    """Manage a cloud."""


@cloud.group("vm")
def machines():
    """Virtual machines."""


@machines.command()
@click.argument("name")
@click.option("--cpu", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--memory", default="4G")
@click.option("--label", "labels", multiple=True, default=["made-by=cli"], help="KEY=VALUE")
def create(name, cpu, memory, labels):
    """Create a machine."""


@machines.command()
@click.argument("name", envvar="VM_NAME")
@click.option("--yes", "-y", is_flag=True, prompt="Really?")
def destroy(name, yes):
    """Destroy a machine."""


@cloud.group(hidden=True)
def internal():
    pass


@internal.command()
def gc():
    pass


@cloud.command(name="login", deprecated=True)
@click.option("--token", required=True, envvar="CLOUD_TOKEN", help="An access token.")
def do_login(token):
    """Log in."""


if __name__ == "__main__":
    cloud(auto_envvar_prefix="CLOUD")
