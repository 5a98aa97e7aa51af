import click
import time


def validate_speed(ctx, param, value):
    if value <= 0:
        raise click.BadParameter("must be positive")
    return value


@click.command("spin", help=None)
@click.option("--speed", callback=validate_speed, default=1.0)
@click.option("--frames", default="|/-\\", help=r"Characters, like |/-\ .")
@click.option("--seconds", type=click.IntRange(max=60), default=5)
def spin(speed, frames, seconds):
    """Spin."""


if __name__ == "__main__":
    spin()
