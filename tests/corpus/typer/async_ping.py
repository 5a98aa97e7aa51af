"""Ping hosts at once."""
import asyncio
from typing import Annotated
import typer


async def ping(host: str, port: int, timeout: float) -> bool:
    try:
        await asyncio.wait_for(asyncio.open_connection(host, port), timeout)
    except OSError:
        return False
    return True


def main(
    hosts: Annotated[list[str], typer.Argument(help="Names or addresses")],
    port: Annotated[int, typer.Option(help="TCP port")] = 443,
    timeout: Annotated[float, typer.Option(help="Seconds")] = 2.5,
    retries: Annotated[int, typer.Option("--retries", "-r")] = 2 + 1,
):
    """Try to reach HOSTS."""
    print(asyncio.run(ping(hosts[0], port, timeout)))


if __name__ == "__main__":
    typer.run(main)
