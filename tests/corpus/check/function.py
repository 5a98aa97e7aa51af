"""Have a signature with gaps."""


def main(
    source,  # expect: C302 info, C304 info
    limit: int = 3,
    tags: list = [],  # expect: C303 warning
    style="plain",
) -> None:
    """Do something with a source.

    Args:
        limit: the largest number of lines
        tags: words to look for
        style: how it is shown
    """
    print(source, limit, tags, style)
