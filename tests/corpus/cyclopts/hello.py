"""Greet someone with Cyclopts."""
import cyclopts


def hello(name: str, *, shout: bool = False, times: int = 1):
    """Greet NAME.

    Parameters
    ----------
    name: str
        Who is greeted.
    shout
        In capitals.
    """
    print(name)


if __name__ == "__main__":
    cyclopts.run(hello)
