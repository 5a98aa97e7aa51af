import cyclopts
from typing import Annotated

app = cyclopts.App()


@app.command
def foo(x: int):
    """Foo."""


@app.meta.default
def launcher(*tokens: Annotated[str, cyclopts.Parameter(show=False, allow_leading_hyphen=True)], user: str):
    app(tokens)


if __name__ == "__main__":
    app.meta()
