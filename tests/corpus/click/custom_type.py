import click


class Duration(click.ParamType):
    name = "duration"

    def convert(self, value, param, ctx):
        return int(value.rstrip("s"))


DURATION = Duration()


@click.command()
@click.argument("what")
@click.option("--every", type=DURATION, default="10s")
@click.option("--for", "total", type=Duration(), help="How long in all")
def repeat(what, every, total):
    """Repeat WHAT."""


if __name__ == "__main__":
    repeat()
