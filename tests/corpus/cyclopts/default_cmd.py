import cyclopts

app = cyclopts.App()


@app.default
def main(count: int = 1, /, *names: str, verbose: bool = False):
    """The default.

    :param count: How often.
    :param names: Of whom.
    :param verbose: More talk.
    """


@app.command
def version_info():
    """Print versions."""


app()
