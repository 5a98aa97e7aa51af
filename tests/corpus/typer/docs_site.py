import typer

app = typer.Typer()
docs_app = typer.Typer()
blog_app = typer.Typer()


@docs_app.callback(help="The documentation.")
def docs_main(strict: bool = typer.Option(False, "--strict")):
    """Ignored."""


@docs_app.command()
def build(target: str = "html"):
    """Build pages."""


@docs_app.command()
def live(port: int = 8080, open_browser: bool = typer.Option(True, "--open/--no-open")):
    """Build and watch."""


@blog_app.command("post")
def new_post(title: str, draft: bool = True):
    """Start a post."""


app.add_typer(docs_app, name="docs")
app.add_typer(blog_app, name="blog", help="The blog.", hidden=True)

if __name__ == "__main__":
    app()
