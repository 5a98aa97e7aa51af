import fire
from pathlib import Path


class Images:
    """Pictures."""

    def resize(self, src, width=800, height=600):
        """Change the size."""


class Sounds:
    def cut(self, src, start=0.0, end=None):
        """Cut a piece."""


def info(src, base=Path("data"), exts=("jpg", "png")):
    """Show facts."""


def main():
    fire.Fire({"images": Images, "sounds": Sounds(), "info": info, "group": {"a": info, "b": Images}})


if __name__ == "__main__":
    main()
