"""Take the command line apart by hand."""

import sys
from pathlib import Path

path = Path(sys.argv[1])  # expect: C206 warning
print(path.read_text())  # expect: C207 info
with open(path) as file:
    print(file.read())  # expect: C207 info
print(sys.stdin.read(), "what comes in may go out")
