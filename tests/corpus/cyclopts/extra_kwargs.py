from cyclopts import App

app = App(help="Takes anything.")


@app.command
def run(script: str, *args: str, cwd: str = ".", **env: str):
    """Run SCRIPT with variables."""


if __name__ == "__main__":
    app()
