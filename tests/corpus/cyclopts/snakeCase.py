import cyclopts

application = cyclopts.App(name="case", help="Names in all styles")


@application.command
def HTTPServer(portNumber: int = 80, _private: str = "x", trailing_: bool = False):
    """Names."""


@application.command
def do_it_NOW(a1: int, bC: str = "d"):
    """More names."""


if __name__ == "__main__":
    application()
