"""Files of JSON that pyst keeps or shares: an object with a version and one table. Owns how such bytes are read.

What is read can be written again, byte for byte JSON: `NaN`, infinities and numbers too large for one are refused. What
the entries of the table are is left to the owners of the files, and so is what is said of one that can't be understood.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any


class OtherVersion(ValueError):
    """Another pyst wrote it; `found` is the version of it."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"its version is {found}, this pyst knows {known}")
        self.found = found


def parse_versioned(data: bytes, version: int, table: str) -> dict[str, Any]:
    """The object in these bytes, which has this version, and a table of this name.

    Raises `ValueError`, which says why there is none; `OtherVersion` where that is all.
    """
    import json

    try:
        body: Any = json.loads(data, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON ({error})") from error
    if not isinstance(body, dict) or type(body.get("version")) is not int:
        raise ValueError("it has no version")
    if body["version"] != version:
        raise OtherVersion(body["version"], version)
    if type(body.get(table)) is not dict:
        raise ValueError(f"it has no {table}")
    return body


def _refused(word: str) -> Any:
    raise ValueError(f"`{word}` is no number")


def _finite(word: str) -> float:
    number = float(word)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number `{word}` is too large")
    return number
