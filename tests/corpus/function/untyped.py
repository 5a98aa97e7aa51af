def main(name, count=3, ratio=0.5, verbose=False, mode="fast", items=(1, 2), nothing=None):
    """No annotations.

    Parameters
    ----------
    name : str
        The name.
    count
        How many.
    """
