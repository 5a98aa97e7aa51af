"""Serves the fixtures on pyst's own HTTP side: `python -m tests.conformance.serve FOLDER`. Ends by SIGTERM."""

from __future__ import annotations

import sys
import warnings

from mcp.shared.exceptions import MCPDeprecationWarning

from pyst.agents.http import serve_http
from pyst.agents.token import new_token
from tests.conformance.fixtures import build


def main(folder: str) -> None:
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    serve_http(
        build(),
        folder=folder,
        root=folder,
        token=new_token(),
        ready=lambda found: print(f"listening on {found.url}; the token is in {found.path}", flush=True),
        trouble=lambda words: print(words, file=sys.stderr, flush=True),
    )


main(sys.argv[1])
