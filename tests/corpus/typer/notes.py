"""Notes in Markdown files."""
import os
from pathlib import Path
import typer

main = typer.Typer(no_args_is_help=True, help="Write and find notes.")
FOLDER_OPTION = typer.Option(Path("notes"), "--folder", "-f", help="Where the notes are")


@main.command()
def new(title: str, folder: Path = FOLDER_OPTION, edit: bool = typer.Option(True, "--edit/--no-edit", "-e/-E", help="Open the editor")):
    """Start a note."""


@main.command()
def find(words: list[str], folder: Path = FOLDER_OPTION, ignore_case: bool = typer.Option(False, "-i", help="In any case")):
    """Find notes with all WORDS."""


@main.command()
def path(folder: Path = FOLDER_OPTION, home: str = os.path.expanduser("~")):
    """Print the folder."""


if __name__ == "__main__":
    main()
