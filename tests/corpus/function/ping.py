import asyncio


async def main(host: str, /, port: int = 80, *, timeout: float = 1.5):
    """Reach HOST.

    :param host: name or address
    :param port: TCP port
    :returns: nothing
    """
    await asyncio.sleep(0)
