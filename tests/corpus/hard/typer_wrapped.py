import typer
app = typer.Typer()
def with_extra(f):
    def wrapper(a: int, b: str = "x"): return f(a)
    return wrapper
@app.command()
@with_extra
def go(a: int): ...
@app.command()
def stay(verbose: bool = typer.Option(False, "--verbose", "-v", is_flag=True) if False else False): ...
if __name__ == "__main__": app()
