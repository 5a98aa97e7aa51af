import argparse
import logging
from datetime import date, timedelta
from pathlib import Path

log = logging.getLogger(__name__)
ROOT = Path("/var") / "tmp"


def main() -> None:
    parser = argparse.ArgumentParser(description="Remove old files")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--before", type=date.fromisoformat, default=date.today() - timedelta(days=7))
    parser.add_argument("--pattern", action="append", dest="patterns", metavar="GLOB", default=None)
    parser.add_argument("--log-level", default="WARNING", choices=["DEBUG", "INFO", "WARNING"])
    parser.add_argument("--really", action="store_true")
    try:
        options = parser.parse_args()
    except SystemExit:
        log.error("bad options")
        raise
    print(options)


if __name__ == "__main__":
    main()
