"""Reading a script whose syntax is newer than that of pyst's own Python, with an interpreter that knows it.

`python -I parse.py PATH` prints one line of JSON: `{"entry": {"calls_main", "is_async"}, "interface": …}`, or
`{"broken": {"code", "message", "line"}}`. Nothing of the script is executed. Static reading is the same code as
everywhere, `pyst.scripts.introspect`, which needs Python 3.11; an older interpreter knows no syntax that pyst's own
does not, and says so.
"""

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

OLDEST = (3, 11)


def read(path: str) -> "Dict[str, Any]":
    """What `python -I parse.py` prints, as data. Raises `OSError` where the file can't be read."""
    if sys.version_info < OLDEST:
        message = "Python %d.%d knows no newer syntax" % sys.version_info[:2]
        return {"broken": {"code": "E_SYNTAX", "message": message, "line": 0}}
    with open(path, "rb") as file:
        source = file.read()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if root not in sys.path:
        sys.path.append(root)  # last, so that nothing there takes the place of the standard library
    from pyst.errors import Failure
    from pyst.scripts.introspect import Unparsable, entry_of, read_interface

    try:
        interface = read_interface(source, path)
    except Unparsable as unparsable:
        return {"broken": unparsable.broken._asdict()}
    try:
        entry = entry_of(source, path)
    except Failure:  # a wrong block is found, and told, where the script is run
        return {"interface": interface.to_json()}
    return {
        "entry": {"calls_main": entry.calls_main, "is_async": entry.is_async},
        "interface": interface.to_json(),
    }


def main(words: "List[str]") -> int:
    """Print what is read of the one path that is given."""
    sys.stdout.write(json.dumps(read(words[0])) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
