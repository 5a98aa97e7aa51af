from fire import Fire


def rows(path, limit=10, header=True):
    """Show rows.

    Parameters
    ----------
    path : str
        The file.
    limit : int
        How many.
    """


def columns(path, *, sort=False):
    """Show columns.

    :param path: The file.
    :param sort: By name.
    """


if __name__ == "__main__":
    Fire({"rows": rows, "columns": columns})
