"""Check that services answer."""
import click

services = click.option("--service", "-s", "services", multiple=True, help="Name of a service")
timeout = click.option("--timeout", type=float, default=5.0, show_default=True, help="Seconds per service")


@click.group("health")
@click.option("--quiet", "-q", is_flag=True, help="Exit code only")
def main(quiet):
    """Ask services how they are."""


@main.command("http")
@services
@timeout
@click.option("--expect", type=int, default=200, help="Status code")
def http_check(services, timeout, expect):
    """Over HTTP."""


@main.command("tcp")
@services
@timeout
def tcp_check(services, timeout):
    """By a connection."""


if __name__ == "__main__":
    main(obj={})
