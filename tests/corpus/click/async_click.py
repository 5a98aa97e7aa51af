import asyncio
from functools import wraps
import click


def coro(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        return asyncio.run(f(*args, **kwargs))

    return wrapper


@click.command()
@click.argument("host")
@click.option("--port", default=80)
@click.option("--tries", "-t", default=3.0)
@coro
async def check(host, port, tries):
    """Check a HOST."""


if __name__ == "__main__":
    check()
