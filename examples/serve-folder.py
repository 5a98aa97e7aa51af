# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Serve a folder over HTTP, on this machine only, until Ctrl-C."""

import argparse
import functools
import http.server
import sys
from pathlib import Path


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files, keeps nothing, and logs one short line per request."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        print(self.address_string(), ascii(format % arguments)[1:-1], file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog="exit codes: 0 ended, 1 can't serve, 2 usage")
    parser.add_argument("folder", nargs="?", default=".", type=Path, help="what to serve (default: this folder)")
    parser.add_argument("-p", "--port", type=int, default=8000, help="the port; 0 takes a free one (default: 8000)")
    parser.add_argument("--requests", type=int, metavar="N", help="end after N requests")
    options = parser.parse_args()
    if not options.folder.is_dir():
        print(f"error: `{options.folder}` is not a folder", file=sys.stderr)
        return 1
    handler = functools.partial(Handler, directory=str(options.folder))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    except (OSError, OverflowError) as error:
        print(f"error: port {options.port} can't be used: {error}", file=sys.stderr)
        return 1
    server.daemon_threads = False  # whatever is being sent is sent whole, even after the last request
    with server:
        print(f"serving {options.folder} at http://127.0.0.1:{server.server_port}/", flush=True)
        try:
            if options.requests is None:
                server.serve_forever()
            for _ in range(options.requests or 0):
                server.handle_request()
        except KeyboardInterrupt:
            print("ended", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
