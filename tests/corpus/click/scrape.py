import click
import json
from pathlib import Path


@click.command(no_args_is_help=True)
@click.argument("urls", nargs=-1)
@click.option("--depth", type=int, default=1, help="How far to follow links.")
@click.option("--delay", type=float, default=0.5)
@click.option("--agent", default="scrape/1.0 " + "(+https://example.org)", help="User agent")
@click.option("--out", "-o", type=click.Path(path_type=Path, file_okay=False), default=Path("pages"))
@click.option("--header", "-H", "headers", nargs=2, type=str, multiple=True)
@click.option("--robots/--ignore-robots", default=True)
@click.option("--cookie-jar", default=lambda: str(Path.home() / ".cookies"))
def scrape(urls, depth, delay, agent, out, headers, robots, cookie_jar):
    """Fetch URLS and what they link to."""


if __name__ == "__main__":
    scrape.main()
