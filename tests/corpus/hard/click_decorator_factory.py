import click
def deco(name):
    def inner(f):
        return click.option("--" + name)(f)
    return inner
def passthrough(f):
    return f
def adds(f):
    f.__click_params__ = []
    return f
@click.command()
@deco("zed")
@passthrough
@click.option("--y")
def main(zed, y): ...
main()
