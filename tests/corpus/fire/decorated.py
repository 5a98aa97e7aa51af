import functools
import fire


def logged(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@logged
def convert(path, to="json", pretty=True):
    """Convert a file.

    Args:
        path: What to convert.
        to: Format.
    """


if __name__ == "__main__":
    fire.Fire(convert)
