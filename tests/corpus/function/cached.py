import functools


@functools.lru_cache
def main(n: int) -> int:
    """A cached one."""
    return n
