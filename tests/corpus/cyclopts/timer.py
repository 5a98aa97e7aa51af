from cyclopts import App
import datetime

app = App(default_command=None)


@app.default
def countdown(seconds: float, label: str = "", until: datetime.date | None = None):
    """Count down."""


if __name__ == "__main__":
    app()
