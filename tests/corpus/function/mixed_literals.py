from typing import Literal as L, Annotated as A


def main(level: L[1, 2, 3] = 1, mode: L["r", "w", None] = None, name: A[str, "its name", 42] = "x", q: A["int | None", "text"] = None):
    """Literals."""
