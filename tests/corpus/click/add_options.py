import click


def add_options(options):
    def decorate(function):
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


SHARED = [click.option("--one"), click.option("--two", is_flag=True)]


@click.command()
@add_options(SHARED)
@click.option("--three")
def cmd(one, two, three):
    """Options from a list."""


if __name__ == "__main__":
    cmd()
