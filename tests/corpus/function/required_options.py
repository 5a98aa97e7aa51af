def main(*, user: str, password: str = "", admin: bool, dry_run: bool = False, from_: str = "a", class_: int = 1):
    """Options only."""
