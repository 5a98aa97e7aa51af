from collections.abc import Sequence
from typing import Dict, List, Set, Tuple, Union


def main(files: Sequence[str], tags: Set[str] = frozenset(), pair: Tuple[int, str] = (1, "a"), meta: Dict[str, int] = {}, limit: Union[int, float] = 3, rest: List[int] | None = None):
    """Merge FILES."""
