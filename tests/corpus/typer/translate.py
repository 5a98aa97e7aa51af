import enum
import typer


class Language(enum.Enum):
    english = "en"
    german = "de"
    french = "fr"


class Level(int, enum.Enum):
    low = 1
    high = 2


app = typer.Typer()


@app.command()
def translate(
    text: str,
    to: Language = Language.english,
    source: list[Language] = typer.Option([Language.german, Language.french], "--from", help="Languages to look for"),
    formal: bool | None = typer.Option(None, "--formal/--informal", help="Unknown by default"),
):
    """Translate TEXT."""


if __name__ == "__main__":
    app()
