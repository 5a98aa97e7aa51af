from typing import Optional


def main(flag: bool, maybe: Optional[bool] = None, many: list[bool] = [], on: bool = True):
    """Flags."""
