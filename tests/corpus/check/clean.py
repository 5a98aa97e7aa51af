# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx>=0.27", "typer>=0.12"]
# ///
"""Fetch a page and print its status."""

from typing import Annotated

import httpx
import typer


def main(
    url: Annotated[str, typer.Argument(help="the page")],
    timeout: Annotated[float, typer.Option(help="seconds to wait")] = 10.0,
) -> None:
    """Fetch a page and print its status."""
    print(httpx.get(url, timeout=timeout).status_code)


if __name__ == "__main__":
    typer.run(main)
