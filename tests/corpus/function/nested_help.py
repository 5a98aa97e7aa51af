def main(path: str, depth: int = 3):
    """Walk a folder.

    It goes down
    DEPTH levels.

    Args:
        path (str): where to begin,
            as a path
        depth (int, optional): how far; see: walk

    Returns:
        Nothing.

    Raises:
        OSError: if it fails
    """
