import typer
from typing import Optional
app = typer.Typer()
import os as path
class Path: ...
str = int
@app.command()
def go(n: Optional[str] = 1, date: "datetime.datetime" = None): ...
import datetime
app()
