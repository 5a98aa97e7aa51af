"""Say hello."""


def main(name: str, times: int = 1, shout: bool = False):
    """Greet NAME.

    Args:
        name: who is greeted
        times: how often
        shout: in capitals
    """
    for _ in range(times):
        print(name.upper() if shout else name)
