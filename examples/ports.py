# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Say which TCP ports of a host are open, all asked at once.

Args:
    host: a name or an address
    ports: port numbers, and ranges such as 8000-8010
    timeout: seconds to wait for each answer
    all: show closed ports too

Exit codes:
    0: at least one port is open
    1: none is open
    2: a port can't be understood
"""

import asyncio
import sys


def expanded(words: tuple[str, ...]) -> list[int]:
    """The port numbers that the words mean. Raises `ValueError`."""
    ports: list[int] = []
    for word in words:
        first, dash, last = word.partition("-")
        ports += range(int(first), int(last if dash else first) + 1)
    if not all(0 < port < 65536 for port in ports):
        raise ValueError("a port is a number from 1 to 65535")
    return list(dict.fromkeys(ports))


async def is_open(host: str, port: int, timeout: float, turn: asyncio.Semaphore) -> bool:
    """Whether something accepts connections there."""
    async with turn:
        try:
            async with asyncio.timeout(timeout):
                _, writer = await asyncio.open_connection(host, port)
        except OSError:  # a timeout is one too
            return False
        writer.close()
        return True


async def main(host: str, *ports: str, timeout: float = 1.0, all: bool = False) -> int:
    try:
        numbers = expanded(ports or ("22", "80", "443", "3000", "5432", "6379", "8000", "8080"))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    turn = asyncio.Semaphore(100)
    answers = await asyncio.gather(*(is_open(host, port, timeout, turn) for port in numbers))
    for port, opened in zip(numbers, answers, strict=True):
        if opened or all:
            print(f"{port}  {'open' if opened else 'closed'}")
    print(f"{sum(answers)} of {len(numbers)} ports open on {host}")
    return 0 if any(answers) else 1
