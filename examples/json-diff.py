# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Compare two JSON files by structure: what was added, removed and changed, with the path of each.

The order of keys does not matter; the order of lists does, unless `--unordered` is given.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

Change = tuple[str, str, Any, Any]


def read(path: str) -> Any:
    """The content of a JSON file; ends the program with 2 where it has none."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        print(f"error: `{path}` can't be read: {error}", file=sys.stderr)
        sys.exit(2)


def changes(before: Any, after: Any, path: str = "$") -> Iterator[Change]:
    """Each difference as (sign, path, before, after); the path is a JSONPath (RFC 9535)."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{path}.{key}" if key.isidentifier() else f"{path}[{json.dumps(key)}]"
            if key not in after:
                yield "-", inner, before[key], None
            elif key not in before:
                yield "+", inner, None, after[key]
            else:
                yield from changes(before[key], after[key], inner)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            inner = f"{path}[{index}]"
            if index >= len(after):
                yield "-", inner, before[index], None
            elif index >= len(before):
                yield "+", inner, None, after[index]
            else:
                yield from changes(before[index], after[index], inner)
    elif (type(before), before) != (type(after), after):
        yield "~", path, before, after


def ordered(value: Any) -> Any:
    """The value with every list sorted."""
    if isinstance(value, dict):
        return {key: ordered(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted((ordered(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def shown(value: Any) -> str:
    """The value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog="exit codes: 0 equal, 1 different, 2 can't be read")
    parser.add_argument("before", help="the older file")
    parser.add_argument("after", help="the newer file")
    parser.add_argument("--unordered", action="store_true", help="compare lists as if they were sets")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="show at most N differences (default: 100)")
    options = parser.parse_args()
    before, after = read(options.before), read(options.after)
    if options.unordered:
        before, after = ordered(before), ordered(after)
    found = list(changes(before, after))
    for sign, path, old, new in found[: options.limit]:
        print(f"{sign} {path}: {f'{shown(old)} → {shown(new)}' if sign == '~' else shown(old if sign == '-' else new)}")
    if len(found) > options.limit:
        print(f"… and {len(found) - options.limit} more")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
