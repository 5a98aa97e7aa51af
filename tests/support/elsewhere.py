"""What argparse makes of words on whichever Python runs this: the standard library alone, Python 3.8 and later.

Standard input has a line of JSON per script: `{"path": …, "calls": [[word, …], …]}`; the answer has the parsed values
of each call as text, or null where the parser did not take it; null for a script that this Python can't read.
"""

import contextlib
import importlib.util
import io
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DESCRIBE = os.path.join(HERE, "..", "..", "src", "pyst", "inside", "describe.py")


def main() -> None:
    import argparse

    parse_args, parse_known_args = argparse.ArgumentParser.parse_args, argparse.ArgumentParser.parse_known_args
    spec = importlib.util.spec_from_file_location("describe", DESCRIBE)
    assert spec is not None
    assert spec.loader is not None
    describe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(describe)
    kept = sys.modules["__main__"]
    for line in sys.stdin:
        asked = json.loads(line)
        parser = None
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            parser = _parser_of(describe, asked["path"])  # it may be too new for this Python
        sys.modules["__main__"] = kept
        setattr(argparse.ArgumentParser, "parse_known_args", parse_known_args)  # noqa: B010
        print(json.dumps(parser and [_parsed(parse_args, parser, words) for words in asked["calls"]]))


def _parser_of(describe: object, path: str) -> object:
    try:
        namespace = describe.execute(path, "elsewhere")  # type: ignore[attr-defined]
        found = describe.find_app(namespace) or describe.find_app(  # type: ignore[attr-defined]
            describe.execute(path, "__main__"),  # type: ignore[attr-defined]
            usual=True,
        )
        return found[1] if found else None
    except describe.Caught as caught:  # type: ignore[attr-defined]
        return caught.found


def _parsed(parse_args: object, parser: object, words: "list[str]") -> "str | None":
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            found = vars(parse_args(parser, words))  # type: ignore[operator]
        except (SystemExit, Exception):  # noqa: BLE001 - a script's own type or action may raise anything
            return None
    return repr(sorted((name, repr(value).partition(" at 0x")[0]) for name, value in found.items()))


main()
