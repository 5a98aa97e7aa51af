import typer
from typing import Annotated, Optional
app = typer.Typer()
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more")]
Config = Annotated[Optional[str], typer.Option("--config", "-c", help="Settings file", envvar="WATCH_CONFIG")]
@app.command()
def start(path: str, interval: float = 0.5, verbose: Verbose = False, config: Config = None): "Start watching."
@app.command()
def stop(verbose: Verbose = False, config: Config = None, signal: int = 15): "Stop watching."
@app.command()
def _status(config: Config = None): "Underscore in front."
if __name__ == "__main__": app()
