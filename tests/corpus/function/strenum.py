from enum import StrEnum, auto


class Kind(StrEnum):
    FAST = auto()
    SLOW = auto()


def main(kind: Kind = Kind.FAST, *kinds: Kind):
    """StrEnum."""
